//! Searches the index.

use async_trait::async_trait;

use super::{IndexedText, MAX_EXCERPT_LINES, MAX_EXCERPT_TEXT, MAX_RESULTS, SearchHit, SearchPage, SearchRepository};
use crate::{
    domain::VideoId,
    search::WordQuery,
    store::{
        Church, StoreError, StoredCaptions, VideoSummary, columns,
        dialect::Dialect,
        gzip,
        list::{read_sources, read_summaries},
        sql::sql,
        sql_store::SqlStore,
        stats::{push_all_time_manna, slug},
    },
};

/// Caption formats that can be parsed from the beginning of a file.
const LINE_FORMATS: [&str; 5] = ["plain", "srt", "webvtt", "sbv", "panel"];

/// The captions of a sermon or, without captions, its document. `None` if the text is too long.
#[derive(sqlx::FromRow)]
struct TextRow {
    has_captions: bool,
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
    async fn indexed_text(&self, id: &VideoId) -> Result<Option<IndexedText>, StoreError> {
        self.with_deadline(self.read_indexed_text(id)).await
    }

    #[tracing::instrument(skip_all)]
    async fn search_churches(&self, name: &str, limit: u16) -> Result<(Vec<Church>, i64), StoreError> {
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
        let limit = u32::from(limit).min(MAX_RESULTS.saturating_sub(offset));
        let mut transaction = self.begin_snapshot().await?;
        let (total,) = sql::<D>(D::COUNT_MATCHES)
            .bind(expression.as_str())
            .bind(i64::from(MAX_RESULTS))
            .fetch_one::<(i64,)>(&mut transaction)
            .await?;
        let ids: Vec<(String,)> = sql::<D>(D::SEARCH)
            .bind(expression.as_str())
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .bind(i64::from(MAX_RESULTS))
            .fetch_all(&mut transaction)
            .await?;
        let ids: Vec<_> = ids.into_iter().map(|(id,)| id).collect();
        let sermons = read_summaries::<D>(&mut transaction, self.canon, &ids).await?;
        let mut sources = read_sources::<D>(&mut transaction, &ids).await?;
        transaction.rollback().await?;
        let hit = |sermon: VideoSummary| {
            let source = sources.remove(sermon.video_id.as_str());
            SearchHit { sermon, source }
        };
        Ok(SearchPage { hits: sermons.into_iter().map(hit).collect(), total })
    }

    async fn find_churches(&self, name: &str, limit: u16) -> Result<(Vec<Church>, i64), StoreError> {
        let name = columns::without_nul(name);
        if !name.chars().any(char::is_alphanumeric) {
            return Ok((Vec::new(), 0));
        }
        let mut connection = self.reader().await?;
        // A slug contains neither `%` nor `_`.
        let mut query = sql::<D>("select count(*) over (), c.slug, c.name, p.sermons, p.manna + ");
        push_all_time_manna(&mut query, self.canon, "c.id");
        query
            .push(
                "
                from churches c
                join period_stats p on p.church_id = c.id and p.period = 0
                where c.name <> '' and p.sermons > 0 and c.slug like ",
            )
            .push_bind(format!("%{}%", slug(&name)));
        query.push(" order by p.sermons desc, c.id limit ").push_bind(i64::from(limit));
        let rows: Vec<(i64, String, String, i64, i64)> = query.fetch_all(&mut connection).await?;
        let total = rows.first().map_or(0, |row| row.0);
        let church = |(_, slug, name, sermons, manna)| Church { slug, name, sermons, manna };
        Ok((rows.into_iter().map(church).collect(), total))
    }

    async fn read_indexed_text(&self, id: &VideoId) -> Result<Option<IndexedText>, StoreError> {
        let query = sql::<D>(
            "select
                t.video_id is not null as has_captions,
                case when octet_length(t.body) <= $2 then t.body end as body,
                t.format,
                t.language,
                case when t.video_id is null and octet_length(v.document) <= $2 then v.document end as document
            from videos v
            left join transcripts t on t.video_id = v.video_id
            where v.video_id = $1",
        );
        let query = query.bind(id.as_str()).bind(i64::try_from(MAX_EXCERPT_TEXT).expect("a small number"));
        let mut connection = self.reader().await?;
        let Some(row) = query.fetch_optional::<TextRow>(&mut connection).await? else { return Ok(None) };
        drop(connection);
        if !row.has_captions {
            return Ok(row.document.map(IndexedText::Document));
        }
        let Some(body) = row.body else { return Ok(None) };
        let format = row.format.unwrap_or_default();
        let has_lines = LINE_FORMATS.contains(&format.as_str());
        let (mut body, is_whole) =
            gzip::decompress_start(&body, if has_lines { MAX_EXCERPT_LINES } else { MAX_EXCERPT_TEXT })
                .map_err(|error| StoreError::Corrupt(format!("the transcript of {id}: {error}")))?;
        if !is_whole {
            if !has_lines {
                return Ok(None);
            }
            let end = body.iter().rposition(u8::is_ascii_whitespace).unwrap_or_default();
            body.truncate(end);
        }
        Ok(Some(IndexedText::Transcript(StoredCaptions { body, format, language: row.language })))
    }
}
