//! Saves a sermon in one transaction, then reads the document back and compares it.

use std::time::Instant;

use super::{
    SaveOutcome, SavePolicy, SaveRequest, Saved, StoreError, StoreState,
    carry_over::carry_over,
    columns,
    dialect::Dialect,
    history::{Change, archive},
    mentions::{write_mentions, write_unmeasured},
    read::{parse_sha256, read_current_row},
    search,
    sql::{Sql, sql},
    sql_store::SqlStore,
    state::{next_state, write_state},
    stats,
    submission::{audit_change, audit_restore, merge_submission},
    version::{Transcript, Version},
};
use crate::domain::{Role, Sha256};

/// What a save wrote, to be read back.
pub(super) struct Written {
    /// Checksum of the document that must be stored now.
    pub(super) sha256: Sha256,
    /// Whether this save wrote the document, rather than an earlier one.
    pub(super) is_new: bool,
}

impl Written {
    const fn version(sha256: Sha256) -> Self {
        Self { sha256, is_new: true }
    }

    const fn nothing(sha256: Sha256) -> Self {
        Self { sha256, is_new: false }
    }
}

/// An old version that is about to be replaced.
pub(super) struct Replaced {
    pub(super) sha256: Sha256,
    pub(super) transcript_sha256: Option<String>,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn save_and_read_back(&self, save: &SaveRequest) -> Result<Saved, StoreError> {
        let version = Version::new(save);
        let file = self.file_version();
        let (saved, written) = self.with_retries(|| self.write_save(&version)).await?;
        self.read_back(&version, &written).await?;
        self.check_file(file)?;
        Ok(saved)
    }

    /// Returns when the SQLite file was last found to have been deleted or replaced.
    pub(super) fn file_version(&self) -> Option<Instant> {
        self.watch.as_ref().and_then(|watch| watch.changed_at())
    }

    /// Fails if the SQLite file has been deleted or replaced since [`Self::file_version`].
    pub(super) fn check_file(&self, before: Option<Instant>) -> Result<(), StoreError> {
        if self.file_version() == before {
            return Ok(());
        }
        let reason = "the database file was deleted or replaced while the sermon was saved";
        Err(StoreError::Unavailable(reason.to_owned()))
    }

    async fn write_save(&self, version: &Version<'_>) -> Result<(Saved, Written), StoreError> {
        let mut transaction = self.begin_write().await?;
        let (saved, written) = apply::<D>(&mut transaction, version).await?;
        if written.is_new {
            self.commit(transaction, select_save(version)).await?;
        } else {
            // Nothing was written. The rollback gives the write number back.
            transaction.rollback().await?;
        }
        Ok((saved, written))
    }

    /// Reads the document back on a different connection than the one that wrote it, and compares the checksum.
    pub(super) async fn read_back(&self, version: &Version<'_>, written: &Written) -> Result<(), StoreError> {
        // A later write may already have moved the document to the history.
        let query = if written.is_new {
            sql::<D>(
                "select document from videos where video_id = $1 and save_id = $2
                union all
                select document from video_history where video_id = $1 and save_id = $2",
            )
            .bind(version.id().as_str())
            .bind(version.save.save_id)
        } else {
            sql::<D>(
                "select document from videos where video_id = $1 and sha256 = $2
                union all
                select document from video_history where video_id = $1 and sha256 = $2",
            )
            .bind(version.id().as_str())
            .bind(written.sha256.to_string())
        };
        let mut connection = self.reader().await?;
        let rows: Vec<(String,)> = query.fetch_all(&mut connection).await?;
        if rows.iter().any(|(document,)| Sha256::digest(document.as_bytes()) == written.sha256) {
            Ok(())
        } else {
            let problem = if rows.is_empty() { "was not found" } else { "had a different checksum" };
            Err(StoreError::Corrupt(format!("{} {problem} when it was read back", version.id())))
        }
    }
}

/// Writes a version, or nothing ([`Written::is_new`]). The caller commits or rolls back.
pub(super) async fn apply<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
) -> Result<(Saved, Written), StoreError> {
    let mut state = next_state::<D>(connection).await?;
    let Some(current) = read_current_row::<D>(connection, version.id()).await? else {
        state.count += 1;
        return write_version::<D>(connection, state, version, SaveOutcome::Created).await;
    };
    let old = Replaced { sha256: parse_sha256(&current.sha256)?, transcript_sha256: current.transcript_sha256 };
    if let SavePolicy::Submission(terms) = version.save.policy {
        let merged = merge_submission::<D>(connection, version.save, terms).await?;
        return match merged {
            Some((save, outcome)) => {
                replace_version::<D>(connection, state, old, (&Version::new(&save), outcome)).await
            }
            None if terms.is_replay => keep_newer::<D>(connection, state, version, old.sha256).await,
            None => Ok(skip(&state, SaveOutcome::Kept, (old.sha256, old.sha256))),
        };
    }
    let is_newer = version.columns.processed_at > current.processed_at;
    let stays = old.sha256 != version.sha256 && version.save.policy == SavePolicy::KeepNewer && !is_newer;
    if let Some(save) = carry_over::<D>(connection, version.save, stays).await? {
        return replace_version::<D>(connection, state, old, (&Version::new(&save), SaveOutcome::Updated)).await;
    }
    if stays {
        return keep_newer::<D>(connection, state, version, old.sha256).await;
    }
    replace_version::<D>(connection, state, old, (version, SaveOutcome::Updated)).await
}

/// Replaces the current version, unless nothing would change.
pub(super) async fn replace_version<D: Dialect>(
    connection: &mut D::Connection,
    mut state: StoreState,
    old: Replaced,
    (version, outcome): (&Version<'_>, SaveOutcome),
) -> Result<(Saved, Written), StoreError> {
    let new_transcript =
        version.transcript.is_some() && version.transcript_sha256() != old.transcript_sha256.as_deref();
    if old.sha256 == version.sha256 && !new_transcript {
        return Ok(skip(&state, SaveOutcome::Unchanged, (old.sha256, old.sha256)));
    }
    let change = Change { seq: state.seq, reason: "update", actor: &version.save.actor, at: version.at };
    archive::<D>(connection, version.id(), &change, new_transcript).await?;
    if let SavePolicy::Submission(terms) = version.save.policy {
        audit_change::<D>(connection, version.save, terms, outcome, state.seq).await?;
    }
    state.digest.remove(version.id(), &old.sha256);
    write_version::<D>(connection, state, version, outcome).await
}

/// Writes a version that does not become the current one to the history.
async fn keep_newer<D: Dialect>(
    connection: &mut D::Connection,
    state: StoreState,
    version: &Version<'_>,
    current: Sha256,
) -> Result<(Saved, Written), StoreError> {
    if is_in_history::<D>(connection, version).await? {
        return Ok(skip(&state, SaveOutcome::KeptNewer, (current, version.sha256)));
    }
    supersede::<D>(connection, version, state.seq).await?;
    stats::advance::<D>(connection, &state).await?;
    search::advance::<D>(connection, &state).await?;
    let saved = Saved { outcome: SaveOutcome::KeptNewer, state, sha256: current };
    Ok((saved, Written::version(version.sha256)))
}

/// Writes the current version and everything derived from it.
async fn write_version<D: Dialect>(
    connection: &mut D::Connection,
    mut state: StoreState,
    version: &Version<'_>,
    outcome: SaveOutcome,
) -> Result<(Saved, Written), StoreError> {
    let sha256 = version.sha256;
    stats::subtract::<D>(connection, version.id()).await?;
    write_row::<D>(connection, version, state.seq, outcome).await?;
    write_mentions::<D>(connection, version.id(), &version.mentions).await?;
    write_unmeasured::<D>(connection, version.id(), version.columns.unmeasured_language.as_deref()).await?;
    stats::add::<D>(connection, version.id(), &version.columns).await?;
    stats::advance::<D>(connection, &state).await?;
    if let Some(transcript) = &version.transcript {
        write_transcript::<D>(connection, version, transcript).await?;
    }
    if let SavePolicy::RestoreVersion(restored) = version.save.policy {
        audit_restore::<D>(connection, version.save, restored, state.seq).await?;
    }
    search::index::<D>(connection, version).await?;
    search::advance::<D>(connection, &state).await?;
    state.digest.add(version.id(), &sha256);
    write_state::<D>(connection, &state).await?;
    Ok((Saved { outcome, state, sha256 }, Written::version(sha256)))
}

/// Describes a save that has nothing to write, with the checksums of the current document and of the document to read
/// back. The write number is the previous one, because the caller rolls back.
fn skip(state: &StoreState, outcome: SaveOutcome, (current, written): (Sha256, Sha256)) -> (Saved, Written) {
    let state = StoreState { seq: state.seq - 1, ..state.clone() };
    (Saved { outcome, state, sha256: current }, Written::nothing(written))
}

/// Returns whether the history already has this document and its transcript is stored somewhere.
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

/// Writes a version that is older than the current one directly to the history.
async fn supersede<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
    seq: i64,
) -> Result<(), StoreError> {
    let transcript = version.transcript.as_ref();
    sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document,
            title, processed_at, manna)
        values ($1, $2, $3, $4, $6, $3, 'superseded', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(version.id().as_str())
    .bind(version.sha256.to_string())
    .bind(seq)
    .bind(version.save.save_id)
    .bind(&*version.save.actor)
    .bind(version.at)
    .bind(transcript.map(|transcript| transcript.format.to_owned()))
    .bind(transcript.and_then(|transcript| transcript.language.clone()))
    .bind(version.transcript_sha256().map(str::to_owned))
    .bind(transcript.map(|_| version.at))
    .bind(transcript.map(|transcript| transcript.body.clone()))
    .bind(version.document.as_str())
    .bind(version.columns.title.as_str())
    .bind(version.columns.processed_at)
    .bind(version.columns.manna)
    .execute(connection)
    .await
    .map(drop)
}

/// Selects the version that this save wrote.
pub(super) fn select_save<D: Dialect>(version: &Version<'_>) -> Sql<D> {
    sql::<D>(
        "select seq from videos where video_id = $1 and save_id = $2
        union all
        select seq from video_history where video_id = $1 and save_id = $2",
    )
    .bind(version.id().as_str())
    .bind(version.save.save_id)
}

/// Ends an `insert into videos`, so that it replaces an existing row.
pub(super) const ON_CONFLICT_UPDATE: &str = "
    on conflict (video_id) do update set
        sha256 = excluded.sha256, seq = excluded.seq, save_id = excluded.save_id, updated_at = excluded.updated_at,
        title = excluded.title, title_key = excluded.title_key, channel = excluded.channel,
        channel_key = excluded.channel_key, channel_url = excluded.channel_url, location = excluded.location,
        processed_at = excluded.processed_at, published_at = excluded.published_at,
        duration_seconds = excluded.duration_seconds, transcript_length = excluded.transcript_length,
        manna = excluded.manna, suspect = excluded.suspect, engine_name = excluded.engine_name,
        engine_version = excluded.engine_version, search = excluded.search, speaker = excluded.speaker,
        speaker_slug = excluded.speaker_slug, series = excluded.series, series_slug = excluded.series_slug,
        document = excluded.document,
        submitted_by = coalesce(excluded.submitted_by, videos.submitted_by)";

async fn write_row<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
    seq: i64,
    outcome: SaveOutcome,
) -> Result<(), StoreError> {
    let mut statement = sql::<D>("insert into videos (video_id, sha256, seq, save_id, updated_at, ");
    statement.push(columns::DERIVED_COLUMNS).push(", document, submitted_by) values (");
    statement.push_bind(version.id().as_str());
    statement.push(", ").push_bind(version.sha256.to_string());
    statement.push(", ").push_bind(seq);
    statement.push(", ").push_bind(version.save.save_id);
    statement.push(", ").push_bind(version.at);
    version.columns.push_to(&mut statement);
    statement.push(", ").push_bind(version.document.as_str());
    statement.push(", ").push_bind(version.submitted_by(outcome).map(Role::name)).push(")").push(ON_CONFLICT_UPDATE);
    statement.execute(connection).await.map(drop)
}

async fn write_transcript<D: Dialect>(
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
