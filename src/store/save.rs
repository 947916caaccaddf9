//! Saving a video: one transaction, its commit made sure of, and the document read back.

use chrono::{DateTime, Utc};
use sqlx::Transaction;

use super::{
    SaveOutcome, SavePolicy, SaveVideo, Saved, StoreError, StoreState,
    columns::{self, MentionColumns, VideoColumns},
    gzip,
    history::{Change, archive},
    stats::update as stats_update,
    mentions::put_mentions,
    read::{checksum, find},
    search::update::{self as search_index, Words},
    sql::{Dialect, Sql, sql},
    sql_store::SqlStore,
    state::{put_state, take_state},
    totals,
};
use crate::domain::{Document, Sha256, VideoId};

/// All that a save writes, made ready before its transaction begins.
pub(super) struct Version<'a> {
    save: &'a SaveVideo,
    document: String,
    pub(super) sha256: Sha256,
    columns: VideoColumns,
    mentions: Vec<MentionColumns>,
    transcript: Option<Transcript<'a>>,
    /// For the search.
    pub(super) words: Words,
    at: DateTime<Utc>,
}

/// A transcript as it is written.
struct Transcript<'a> {
    body: Vec<u8>,
    sha256: String,
    format: &'a str,
    language: Option<String>,
}

impl<'a> Version<'a> {
    fn of(save: &'a SaveVideo) -> Self {
        let document = save.document.to_json();
        Self {
            sha256: Sha256::of(document.as_bytes()),
            document,
            columns: VideoColumns::of(&save.document),
            mentions: columns::mentions(&save.document),
            transcript: save.transcript.as_ref().map(|raw| Transcript {
                body: gzip::compress(&raw.body),
                sha256: Sha256::of(&raw.body).to_string(),
                format: &raw.format,
                language: raw.language.clone(),
            }),
            words: Words::default(),
            at: columns::time(save.at),
            save,
        }
    }

    pub(super) fn id(&self) -> &'a VideoId {
        &self.save.document.video_id
    }

    pub(super) fn document(&self) -> &'a Document {
        &self.save.document
    }

    pub(super) fn transcript_sha256(&self) -> Option<&str> {
        self.transcript.as_ref().map(|transcript| transcript.sha256.as_str())
    }
}

/// Whether a save wrote anything.
enum Wrote {
    Version,
    Nothing,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn save_and_read_back(&self, save: &SaveVideo) -> Result<Saved, StoreError> {
        let mut version = Version::of(save);
        version.words = Words::of(&save.document, save.transcript.as_ref().map(|raw| raw.body.as_slice()));
        let (saved, wrote) = self.retrying(|| self.write(&version)).await?;
        self.read_back(&version, &wrote).await?;
        Ok(saved)
    }

    async fn write(&self, version: &Version<'_>) -> Result<(Saved, Wrote), StoreError> {
        let mut transaction = self.begin_write().await?;
        let mut state = take_state::<D>(&mut transaction).await?;
        let found = find::<D>(&mut transaction, version.id()).await?;
        let sha256 = version.sha256;
        let change = Change { seq: state.seq, reason: "update", actor: version.save.actor, at: version.at };

        let outcome = if let Some(found) = found {
            let old = checksum(&found.sha256)?;
            let new_transcript =
                version.transcript.is_some() && version.transcript_sha256() != found.transcript_sha256.as_deref();
            if old == sha256 && !new_transcript {
                return self.leave(transaction, state, SaveOutcome::Unchanged, old).await;
            }
            let is_newer = version.columns.processed_at > found.processed_at;
            if old != sha256 && version.save.policy == SavePolicy::KeepNewer && !is_newer {
                if is_in_history::<D>(&mut transaction, version).await? {
                    return self.leave(transaction, state, SaveOutcome::KeptNewer, old).await;
                }
                supersede::<D>(&mut transaction, version, state.seq).await?;
                totals::move_on::<D>(&mut transaction, &state).await?;
                stats_update::move_on::<D>(&mut transaction, &state).await?;
                search_index::move_on::<D>(&mut transaction, &state).await?;
                self.commit(transaction, kept_save(version)).await?;
                return Ok((Saved { outcome: SaveOutcome::KeptNewer, state, sha256: old }, Wrote::Version));
            }
            archive::<D>(&mut transaction, version.id(), &change, new_transcript).await?;
            state.digest.remove(version.id(), &old);
            SaveOutcome::Updated
        } else {
            state.count += 1;
            SaveOutcome::Created
        };

        totals::take_out::<D>(&mut transaction, version.id()).await?;
        stats_update::take_out::<D>(&mut transaction, version.id()).await?;
        put_row::<D>(&mut transaction, version, state.seq).await?;
        put_mentions::<D>(&mut transaction, version.id(), &version.mentions).await?;
        totals::put_in::<D>(&mut transaction, version.id()).await?;
        stats_update::put_in::<D>(&mut transaction, version.id(), &version.columns).await?;
        totals::move_on::<D>(&mut transaction, &state).await?;
        stats_update::move_on::<D>(&mut transaction, &state).await?;
        if let Some(transcript) = &version.transcript {
            put_transcript::<D>(&mut transaction, version, transcript).await?;
        }
        search_index::keep::<D>(&mut transaction, version).await?;
        search_index::move_on::<D>(&mut transaction, &state).await?;
        state.digest.add(version.id(), &sha256);
        put_state::<D>(&mut transaction, &state).await?;
        self.commit(transaction, kept_save(version)).await?;
        Ok((Saved { outcome, state, sha256 }, Wrote::Version))
    }

    /// Ends a save that has nothing to write; its position is given back.
    async fn leave(
        &self,
        transaction: Transaction<'static, D>,
        state: StoreState,
        outcome: SaveOutcome,
        sha256: Sha256,
    ) -> Result<(Saved, Wrote), StoreError> {
        transaction.rollback().await?;
        let state = StoreState { seq: state.seq - 1, ..state };
        Ok((Saved { outcome, state, sha256 }, Wrote::Nothing))
    }

    /// Reads the document on another connection than the one that wrote it, and compares its checksum.
    async fn read_back(&self, version: &Version<'_>, wrote: &Wrote) -> Result<(), StoreError> {
        let query = match wrote {
            // The row, or the history if a later write has replaced it meanwhile.
            Wrote::Version => sql::<D>(
                "select document from videos where video_id = $1 and save_id = $2
                union all
                select document from video_history where video_id = $1 and save_id = $2",
            )
            .bind(version.id().as_str())
            .bind(version.save.save_id),
            Wrote::Nothing => sql::<D>(
                "select document from videos where video_id = $1 and sha256 = $2
                union all
                select document from video_history where video_id = $1 and sha256 = $2",
            )
            .bind(version.id().as_str())
            .bind(version.sha256.to_string()),
        };
        let mut connection = self.reader().await?;
        let found: Vec<(String,)> = query.fetch_all(&mut connection).await?;
        if found.iter().any(|(document,)| Sha256::of(document.as_bytes()) == version.sha256) {
            Ok(())
        } else {
            let problem = if found.is_empty() { "was not found" } else { "had another checksum" };
            Err(StoreError::Corrupt(format!("{} {problem} when it was read back", version.id())))
        }
    }
}

/// Whether the history has this document already, and its transcript is kept somewhere.
async fn is_in_history<D: Dialect>(connection: &mut D::Connection, version: &Version<'_>) -> Result<bool, StoreError> {
    let (count,): (i64,) = sql::<D>(
        "select count(*)
        from video_history h
        where h.video_id = $1 and h.sha256 = $2
            and ($3 is null or h.transcript_sha256 = $3
                or exists (select 1 from transcripts t where t.video_id = $1 and t.sha256 = $3))",
    )
    .bind(version.id().as_str())
    .bind(version.sha256.to_string())
    .bind(version.transcript_sha256().map(str::to_owned))
    .fetch_one(connection)
    .await?;
    Ok(count > 0)
}

/// Writes a version that is older than the row straight to the history.
async fn supersede<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
    seq: i64,
) -> Result<(), StoreError> {
    let transcript = version.transcript.as_ref();
    sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document)
        values ($1, $2, $3, $4, $6, $3, 'superseded', $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(version.id().as_str())
    .bind(version.sha256.to_string())
    .bind(seq)
    .bind(version.save.save_id)
    .bind(version.save.actor)
    .bind(version.at)
    .bind(transcript.map(|transcript| transcript.format.to_owned()))
    .bind(transcript.and_then(|transcript| transcript.language.clone()))
    .bind(version.transcript_sha256().map(str::to_owned))
    .bind(transcript.map(|_| version.at))
    .bind(transcript.map(|transcript| transcript.body.clone()))
    .bind(version.document.as_str())
    .execute(connection)
    .await
    .map(drop)
}

/// Finds a save that was committed.
fn kept_save<D: Dialect>(version: &Version<'_>) -> Sql<D> {
    sql::<D>(
        "select seq from videos where video_id = $1 and save_id = $2
        union all
        select seq from video_history where video_id = $1 and save_id = $2",
    )
    .bind(version.id().as_str())
    .bind(version.save.save_id)
}

/// What ends the insertion of a video that may be there already.
pub(super) const OVER_WHAT_IS_THERE: &str = "
    on conflict (video_id) do update set
        sha256 = excluded.sha256, seq = excluded.seq, save_id = excluded.save_id, updated_at = excluded.updated_at,
        title = excluded.title, title_key = excluded.title_key, channel = excluded.channel,
        channel_key = excluded.channel_key, channel_url = excluded.channel_url, location = excluded.location,
        processed_at = excluded.processed_at, published_at = excluded.published_at,
        duration_seconds = excluded.duration_seconds, transcript_length = excluded.transcript_length,
        manna = excluded.manna, suspect = excluded.suspect, engine_name = excluded.engine_name,
        engine_version = excluded.engine_version, search = excluded.search, document = excluded.document";

async fn put_row<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
    seq: i64,
) -> Result<(), StoreError> {
    let mut statement = sql::<D>("insert into videos (video_id, sha256, seq, save_id, updated_at, ");
    statement.push(columns::DERIVED).push(", document) values (").push_bind(version.id().as_str());
    statement.push(", ").push_bind(version.sha256.to_string());
    statement.push(", ").push_bind(seq);
    statement.push(", ").push_bind(version.save.save_id);
    statement.push(", ").push_bind(version.at);
    version.columns.push_to(&mut statement);
    statement.push(", ").push_bind(version.document.as_str()).push(")").push(OVER_WHAT_IS_THERE);
    statement.execute(connection).await.map(drop)
}

async fn put_transcript<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
    transcript: &Transcript<'_>,
) -> Result<(), StoreError> {
    sql::<D>(
        "insert into transcripts (video_id, format, language, sha256, at, body)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (video_id) do update set
            format = excluded.format, language = excluded.language, sha256 = excluded.sha256,
            at = case when transcripts.sha256 = excluded.sha256 then transcripts.at else excluded.at end,
            body = excluded.body",
    )
    .bind(version.id().as_str())
    .bind(transcript.format)
    .bind(transcript.language.clone())
    .bind(transcript.sha256.as_str())
    .bind(version.at)
    .bind(transcript.body.as_slice())
    .execute(connection)
    .await
    .map(drop)
}
