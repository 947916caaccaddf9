//! Writing videos: one transaction, its commit made sure of, and the document read back.

use chrono::{DateTime, Utc};
use sqlx::Transaction;

use super::{
    SaveOutcome, SavePolicy, SaveVideo, Saved, StoreError, StoreState,
    columns::{self, MentionColumns, VideoColumns},
    gzip,
    read::{StateRow, checksum, video_id},
    sql::{Dialect, Sql, sql},
    sql_store::SqlStore,
};
use crate::domain::{Document, Sha256, VideoId};

/// How many mentions one statement writes: 11 values each, and SQLite takes 32,766 a statement.
const MENTIONS_AT_ONCE: usize = 500;

/// How many documents one transaction of [`SqlStore::write_mentions_anew`] reads.
const REBUILT_AT_ONCE: i64 = 20;

/// All that a save writes, made ready before its transaction begins.
struct Version<'a> {
    save: &'a SaveVideo,
    columns: VideoColumns,
    mentions: Vec<MentionColumns>,
    transcript: Option<Transcript<'a>>,
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
        Self {
            columns: VideoColumns::of(&save.document),
            mentions: columns::mentions(&save.document),
            transcript: save.transcript.as_ref().map(|raw| Transcript {
                body: gzip::compress(&raw.body),
                sha256: Sha256::of(&raw.body).to_string(),
                format: &raw.format,
                language: raw.language.clone(),
            }),
            at: columns::time(save.at),
            save,
        }
    }

    fn id(&self) -> &'a VideoId {
        &self.save.document.video_id
    }

    fn transcript_sha256(&self) -> Option<&str> {
        self.transcript.as_ref().map(|transcript| transcript.sha256.as_str())
    }
}

/// What is known of the row that a save finds.
#[derive(sqlx::FromRow)]
struct Found {
    sha256: String,
    processed_at: DateTime<Utc>,
    transcript_sha256: Option<String>,
}

/// Why a version goes to the history.
struct Change {
    seq: i64,
    reason: &'static str,
    actor: &'static str,
    at: DateTime<Utc>,
}

/// Whether a save wrote anything.
#[derive(PartialEq)]
enum Wrote {
    Version,
    Nothing,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn save_and_read_back(&self, save: &SaveVideo) -> Result<Saved, StoreError> {
        let version = Version::of(save);
        let (saved, wrote) = self.retrying(|| self.write(&version)).await?;
        self.read_back(&version, &wrote).await?;
        Ok(saved)
    }

    async fn write(&self, version: &Version<'_>) -> Result<(Saved, Wrote), StoreError> {
        let mut transaction = self.begin_write().await?;
        let mut state = take_state::<D>(&mut transaction).await?;
        let found = find::<D>(&mut transaction, version.id()).await?;
        let sha256 = version.columns.sha256;
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

        put_row::<D>(&mut transaction, version, state.seq).await?;
        put_mentions::<D>(&mut transaction, version.id(), &version.mentions).await?;
        if let Some(transcript) = &version.transcript {
            put_transcript::<D>(&mut transaction, version, transcript).await?;
        }
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

    /// Commits. When no answer comes, asks on a fresh connection whether the change (which `kept` finds) is there.
    async fn commit(&self, transaction: Transaction<'static, D>, kept: Sql<D>) -> Result<(), StoreError> {
        let Err(error) = transaction.commit().await.map_err(StoreError::from) else { return Ok(()) };
        if matches!(error, StoreError::Conflict(_)) {
            return Err(error);
        }
        tracing::warn!(%error, "a commit was not answered; asking whether it happened");
        let mut transaction = self.begin_write().await?;
        // Waits until the transaction in question, if it is still under way, has ended.
        take_state::<D>(&mut transaction).await?;
        let kept = kept.fetch_optional::<(i64,)>(&mut transaction).await?.is_some();
        transaction.rollback().await?;
        if kept { Ok(()) } else { Err(error) }
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
            .bind(version.columns.sha256.to_string()),
        };
        let mut connection = self.reader().await?;
        let found: Vec<(String,)> = query.fetch_all(&mut connection).await?;
        if found.iter().any(|(document,)| Sha256::of(document.as_bytes()) == version.columns.sha256) {
            Ok(())
        } else {
            let problem = if found.is_empty() { "was not found" } else { "had another checksum" };
            Err(StoreError::Corrupt(format!("{} {problem} when it was read back", version.id())))
        }
    }

    pub(super) async fn delete(
        &self,
        id: &VideoId,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError> {
        let mut transaction = self.begin_write().await?;
        let mut state = take_state::<D>(&mut transaction).await?;
        let Some(found) = find::<D>(&mut transaction, id).await? else {
            transaction.rollback().await?;
            return Ok(None);
        };
        let change = Change { seq: state.seq, reason: "delete", actor, at: columns::time(at) };
        archive::<D>(&mut transaction, id, &change, true).await?;
        for statement in [
            "delete from mentions where video_id = $1",
            "delete from transcripts where video_id = $1",
            "delete from videos where video_id = $1",
        ] {
            sql::<D>(statement).bind(id.as_str()).execute(&mut transaction).await?;
        }
        state.count -= 1;
        state.digest.remove(id, &checksum(&found.sha256)?);
        put_state::<D>(&mut transaction, &state).await?;
        let kept = sql::<D>(
            "select replaced_by_seq
            from video_history
            where video_id = $1 and replaced_by_seq = $2 and reason = 'delete'",
        );
        self.commit(transaction, kept.bind(id.as_str()).bind(state.seq)).await?;
        Ok(Some(state))
    }

    /// Goes through the videos in the order of ids, some in each transaction, so that writers wait only shortly.
    pub(super) async fn write_mentions_anew(&self) -> Result<u64, StoreError> {
        let (mut done, mut last) = (0, String::new());
        loop {
            let rows = self.within(self.retrying(|| self.write_some_mentions_anew(&last))).await?;
            match rows.last() {
                Some(id) => id.clone_into(&mut last),
                None => return Ok(done),
            }
            done += rows.len() as u64;
        }
    }

    /// Those of the next videos behind an id; gives the ids.
    async fn write_some_mentions_anew(&self, behind: &str) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.begin_write().await?;
        take_state::<D>(&mut transaction).await?;
        let rows: Vec<(String, String)> = sql::<D>(
            "select video_id, document
            from videos
            where video_id > $1
            order by video_id
            limit $2",
        )
        .bind(behind)
        .bind(REBUILT_AT_ONCE)
        .fetch_all(&mut transaction)
        .await?;
        for (id, document) in &rows {
            let document: Document = serde_json::from_str(document)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            put_mentions::<D>(&mut transaction, &video_id(id)?, &columns::mentions(&document)).await?;
        }
        // Only what is derived was written: the position stays.
        sql::<D>("update store_state set seq = seq - 1 where id = 1").execute(&mut transaction).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(id, _)| id).collect())
    }
}

/// Takes the state's row, behind which all other writers now wait, and the next position.
async fn take_state<D: Dialect>(connection: &mut D::Connection) -> Result<StoreState, StoreError> {
    if let Some(lock) = D::LOCK_SHARED {
        sql::<D>(lock).execute(connection).await?;
    }
    sql::<D>(
        "update store_state
        set seq = seq + 1
        where id = 1
        returning epoch, seq, count, digest",
    )
    .fetch_one::<StateRow>(connection)
    .await?
    .try_into()
}

/// Writes count and digest; the position is there already.
async fn put_state<D: Dialect>(connection: &mut D::Connection, state: &StoreState) -> Result<(), StoreError> {
    sql::<D>("update store_state set count = $1, digest = $2 where id = 1")
        .bind(state.count)
        .bind(state.digest.to_string())
        .execute(connection)
        .await
        .map(drop)
}

async fn find<D: Dialect>(connection: &mut D::Connection, id: &VideoId) -> Result<Option<Found>, StoreError> {
    sql::<D>(
        "select v.sha256, v.processed_at, t.sha256 as transcript_sha256
        from videos v
        left join transcripts t on t.video_id = v.video_id
        where v.video_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await
}

/// Copies the row of a video to the history, with its transcript if that is about to go too.
async fn archive<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    change: &Change,
    with_transcript: bool,
) -> Result<(), StoreError> {
    let copied = sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document)
        select v.video_id, v.sha256, v.seq, v.save_id, v.updated_at, $2, $3, $4, $5,
            t.format, t.language, t.sha256, t.at, t.body, v.document
        from videos v
        left join transcripts t on t.video_id = v.video_id and $6
        where v.video_id = $1",
    )
    .bind(id.as_str())
    .bind(change.seq)
    .bind(change.reason)
    .bind(change.actor)
    .bind(change.at)
    .bind(with_transcript)
    .execute(connection)
    .await?;
    if copied == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("{copied} rows of {id} went to the history"))) }
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
    .bind(version.columns.sha256.to_string())
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
    .bind(version.columns.sha256.to_string())
    .bind(seq)
    .bind(version.save.save_id)
    .bind(version.save.actor)
    .bind(version.at)
    .bind(transcript.map(|transcript| transcript.format.to_owned()))
    .bind(transcript.and_then(|transcript| transcript.language.clone()))
    .bind(version.transcript_sha256().map(str::to_owned))
    .bind(transcript.map(|_| version.at))
    .bind(transcript.map(|transcript| transcript.body.clone()))
    .bind(version.columns.document.as_str())
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

async fn put_row<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
    seq: i64,
) -> Result<(), StoreError> {
    let columns = &version.columns;
    sql::<D>(
        "insert into videos
            (video_id, sha256, seq, save_id, updated_at, title, title_key, channel, channel_key, channel_url, location,
            processed_at, published_at, duration_seconds, transcript_length, manna, suspect, engine_name,
            engine_version, search, document)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        on conflict (video_id) do update set
            sha256 = excluded.sha256, seq = excluded.seq, save_id = excluded.save_id,
            updated_at = excluded.updated_at, title = excluded.title, title_key = excluded.title_key,
            channel = excluded.channel, channel_key = excluded.channel_key, channel_url = excluded.channel_url,
            location = excluded.location, processed_at = excluded.processed_at,
            published_at = excluded.published_at, duration_seconds = excluded.duration_seconds,
            transcript_length = excluded.transcript_length, manna = excluded.manna, suspect = excluded.suspect,
            engine_name = excluded.engine_name, engine_version = excluded.engine_version, search = excluded.search,
            document = excluded.document",
    )
    .bind(version.id().as_str())
    .bind(columns.sha256.to_string())
    .bind(seq)
    .bind(version.save.save_id)
    .bind(version.at)
    .bind(columns.title.as_str())
    .bind(columns.title_key.as_str())
    .bind(columns.channel.as_str())
    .bind(columns.channel_key.as_str())
    .bind(columns.channel_url.as_str())
    .bind(columns.location.as_str())
    .bind(columns.processed_at)
    .bind(columns.published_at.clone())
    .bind(columns.duration_seconds)
    .bind(columns.transcript_length)
    .bind(columns.manna)
    .bind(columns.suspect)
    .bind(columns.engine_name.clone())
    .bind(columns.engine_version.clone())
    .bind(columns.search.as_str())
    .bind(columns.document.as_str())
    .execute(connection)
    .await
    .map(drop)
}

/// Replaces the mentions of a video.
async fn put_mentions<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    mentions: &[MentionColumns],
) -> Result<(), StoreError> {
    sql::<D>("delete from mentions where video_id = $1").bind(id.as_str()).execute(connection).await?;
    let mut ordinal = 0_i32;
    for some in mentions.chunks(MENTIONS_AT_ONCE) {
        let mut statement = sql::<D>(
            "insert into mentions
                (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds)
            values ",
        );
        for (index, mention) in some.iter().enumerate() {
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(id.as_str());
            statement.push(", ").push_bind(ordinal).push(", ").push_bind(mention.book);
            for number in [mention.chapter, mention.verse, mention.end_chapter, mention.end_verse] {
                statement.push(", ").push_bind(number);
            }
            for text in [mention.osis.as_str(), mention.kind, mention.class] {
                statement.push(", ").push_bind(text);
            }
            statement.push(", ").push_bind(mention.start_seconds).push(")");
            ordinal += 1;
        }
        statement.execute(connection).await?;
    }
    Ok(())
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
            format = excluded.format, language = excluded.language, sha256 = excluded.sha256, at = excluded.at,
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
