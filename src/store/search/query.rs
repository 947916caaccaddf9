//! Searches the index.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{IndexedText, SearchHit, SearchPage, SearchRepository};
use crate::{
    search::WordQuery,
    store::{
        Church, StoreError, StoredCaptions, VideoSummary, columns,
        dialect::Dialect,
        gzip,
        list::{read_sources, read_summaries},
        sql::sql,
        sql_store::SqlStore,
        stats::slug,
    },
};

/// A sermon with its captions or, if it has none, its document.
#[derive(sqlx::FromRow)]
struct TextRow {
    video_id: String,
    body: Option<Vec<u8>>,
    format: Option<String>,
    language: Option<String>,
    document: Option<String>,
}

#[async_trait]
impl<D: Dialect> SearchRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn search(&self, query: &WordQuery, offset: u32, limit: u16) -> Result<SearchPage, StoreError> {
        self.with_deadline(self.find_sermons(query, offset, limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn search_churches(&self, name: &str, limit: u16) -> Result<Vec<Church>, StoreError> {
        self.with_deadline(self.find_churches(name, limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn catch_up_search_index(&self) -> Result<u64, StoreError> {
        self.index_stale_sermons().await
    }
}

impl<D: Dialect> SqlStore<D> {
    async fn find_sermons(&self, query: &WordQuery, offset: u32, limit: u16) -> Result<SearchPage, StoreError> {
        if query.is_empty() {
            return Ok(SearchPage::default());
        }
        let expression = D::match_expression(query.phrases());
        let mut transaction = self.begin_snapshot().await?;
        let (total,) =
            sql::<D>(D::COUNT_MATCHES).bind(expression.as_str()).fetch_one::<(i64,)>(&mut transaction).await?;
        let ids: Vec<(String,)> = sql::<D>(D::SEARCH)
            .bind(expression.as_str())
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .fetch_all(&mut transaction)
            .await?;
        let ids: Vec<_> = ids.into_iter().map(|(id,)| id).collect();
        let sermons = read_summaries::<D>(&mut transaction, &ids).await?;
        let mut sources = read_sources::<D>(&mut transaction, &ids).await?;
        let mut texts = read_texts::<D>(&mut transaction, &ids).await?;
        transaction.rollback().await?;
        let hit = |sermon: VideoSummary| {
            let text = texts.remove(sermon.video_id.as_str())?;
            let source = sources.remove(sermon.video_id.as_str());
            Some(SearchHit { sermon, source, text })
        };
        Ok(SearchPage { hits: sermons.into_iter().filter_map(hit).collect(), total })
    }

    async fn find_churches(&self, name: &str, limit: u16) -> Result<Vec<Church>, StoreError> {
        let name = columns::without_nul(name);
        if !name.chars().any(char::is_alphanumeric) {
            return Ok(Vec::new());
        }
        let mut connection = self.reader().await?;
        // A slug contains neither `%` nor `_`.
        let rows: Vec<(String, String, i64, i64)> = sql::<D>(
            "select c.slug, c.name, p.sermons, p.manna
            from churches c
            join period_stats p on p.church_id = c.id and p.period = 0
            where c.slug like $1 and c.name <> '' and p.sermons > 0
            order by p.sermons desc, c.id
            limit $2",
        )
        .bind(format!("%{}%", slug(&name)))
        .bind(i64::from(limit))
        .fetch_all(&mut connection)
        .await?;
        let church = |(slug, name, sermons, manna)| Church { slug, name, sermons, manna };
        Ok(rows.into_iter().map(church).collect())
    }
}

/// Returns the indexed text of each of these sermons.
async fn read_texts<D: Dialect>(
    connection: &mut D::Connection,
    ids: &[String],
) -> Result<HashMap<String, IndexedText>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = sql::<D>(
        "select v.video_id, t.body, t.format, t.language, case when t.body is null then v.document end as document
        from videos v
        left join transcripts t on t.video_id = v.video_id
        where v.video_id in ",
    );
    query.push_list(ids.iter().map(String::as_str)).push(" order by v.video_id");
    let rows: Vec<TextRow> = query.fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let TextRow { video_id, body, format, language, document } = row;
            let text = match body {
                Some(body) => {
                    let body = gzip::decompress(&body)
                        .map_err(|error| StoreError::Corrupt(format!("the transcript of {video_id}: {error}")))?;
                    IndexedText::Transcript(StoredCaptions { body, format: format.unwrap_or_default(), language })
                }
                None => IndexedText::Document(document.unwrap_or_default()),
            };
            Ok((video_id, text))
        })
        .collect()
}
