//! Asking for words.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{SearchHit, SearchPage, SearchRepository, IndexedText};
use crate::{
    search::WordQuery,
    store::{
        Church, StoredCaptions, StoreError, VideoSummary, columns, gzip,
        stats::slug,
        list::{sources_of, summaries_of},
        sql::{Dialect, sql},
        sql_store::SqlStore,
    },
};

/// What the words of a sermon were taken from.
#[derive(sqlx::FromRow)]
struct WordsRow {
    video_id: String,
    body: Option<Vec<u8>>,
    format: Option<String>,
    language: Option<String>,
    document: Option<String>,
}

#[async_trait]
impl<D: Dialect> SearchRepository for SqlStore<D> {
    async fn search(&self, query: &WordQuery, skip: u32, most: u16) -> Result<SearchPage, StoreError> {
        self.within(self.find(query, skip, most)).await
    }

    async fn churches_like(&self, name: &str, most: u16) -> Result<Vec<Church>, StoreError> {
        self.within(self.find_churches(name, most)).await
    }

    async fn catch_up_search_index(&self) -> Result<u64, StoreError> {
        self.index_what_is_behind().await
    }
}

impl<D: Dialect> SqlStore<D> {
    async fn find(&self, query: &WordQuery, skip: u32, most: u16) -> Result<SearchPage, StoreError> {
        if query.is_empty() {
            return Ok(SearchPage::default());
        }
        let asked = D::word_query(query.phrases());
        let mut transaction = self.begin_snapshot().await?;
        let (total,) = sql::<D>(D::COUNT_WORDS).bind(asked.as_str()).fetch_one::<(i64,)>(&mut transaction).await?;
        let found: Vec<(String,)> = sql::<D>(D::FIND_WORDS)
            .bind(asked.as_str())
            .bind(i64::from(most))
            .bind(i64::from(skip))
            .fetch_all(&mut transaction)
            .await?;
        let ids: Vec<_> = found.into_iter().map(|(id,)| id).collect();
        let sermons = summaries_of::<D>(&mut transaction, &ids).await?;
        let mut sources = sources_of::<D>(&mut transaction, &ids).await?;
        let mut words = words_of::<D>(&mut transaction, &ids).await?;
        transaction.rollback().await?;
        let hit = |sermon: VideoSummary| {
            let words = words.remove(sermon.video_id.as_str())?;
            let source = sources.remove(sermon.video_id.as_str());
            Some(SearchHit { sermon, source, words })
        };
        Ok(SearchPage { hits: sermons.into_iter().filter_map(hit).collect(), total })
    }

    async fn find_churches(&self, name: &str, most: u16) -> Result<Vec<Church>, StoreError> {
        let name = columns::text(name);
        if !name.chars().any(char::is_alphanumeric) {
            return Ok(Vec::new());
        }
        let mut connection = self.reader().await?;
        // A slug has neither `%` nor `_`.
        let rows: Vec<(String, String, i64, i64)> = sql::<D>(
            "select c.slug, c.name, b.sermons, b.manna
            from churches c
            join bucket_sums b on b.church_id = c.id and b.bucket = 0
            where c.slug like $1 and c.name <> '' and b.sermons > 0
            order by b.sermons desc, c.id
            limit $2",
        )
        .bind(format!("%{}%", slug(&name)))
        .bind(i64::from(most))
        .fetch_all(&mut connection)
        .await?;
        let church = |(slug, name, sermons, manna)| Church { slug, name, sermons, manna };
        Ok(rows.into_iter().map(church).collect())
    }
}

/// Captions, or else documents.
async fn words_of<D: Dialect>(
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
        where v.video_id in (",
    );
    for (index, id) in ids.iter().enumerate() {
        query.push(if index == 0 { "" } else { ", " }).push_bind(id.as_str());
    }
    query.push(") order by v.video_id");
    let rows: Vec<WordsRow> = query.fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let WordsRow { video_id, body, format, language, document } = row;
            let words = match body {
                Some(body) => {
                    let body = gzip::decompress(&body)
                        .map_err(|error| StoreError::Corrupt(format!("the transcript of {video_id}: {error}")))?;
                    IndexedText::Transcript(StoredCaptions { body, format: format.unwrap_or_default(), language })
                }
                None => IndexedText::Document(document.unwrap_or_default()),
            };
            Ok((video_id, words))
        })
        .collect()
}
