//! The job repository: a queue in a table.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    ClaimedJob, JobOutcome, JobRepository, StoreError, columns, dialect::Dialect, gzip, read::parse_id, sql::sql,
    sql_store::SqlStore,
};
use crate::domain::{Job, JobError, JobInput, JobState, LogLine, NewJob, Step, Submitter, VideoId};

/// Number of vanished workers after which a job fails permanently, because the job may be what kills its workers.
const MAX_LOST_LEASES: i32 = 5;

/// Maximum number of attempts to queue a job, in case another job with the same key keeps ending at the same moment.
const ENQUEUE_ATTEMPTS: usize = 10;

/// The public columns of `jobs`.
#[derive(sqlx::FromRow)]
pub(super) struct JobRow {
    pub(super) id: Uuid,
    video_id: String,
    state: String,
    steps: String,
    logs: String,
    error: Option<String>,
    result_url: Option<String>,
    title: Option<String>,
    has_input: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Selects the columns of [`JobRow`] from `jobs` alone, so that a job can still be shown while another table is
/// missing.
const SELECT_JOB: &str = "
    select id, video_id, state, steps, logs, error, result_url, created_at, updated_at, input is not null as has_input,
        title
    from jobs";

/// Selects the columns of [`JobRow`]. If the sermon is already stored, its title may be better than the job's.
pub(super) const SELECT_JOBS: &str = "
    select id, video_id, state, steps, logs, error, result_url, created_at, updated_at, input is not null as has_input,
        coalesce((select v.title from videos v where v.video_id = jobs.video_id), title) as title
    from jobs";

/// A job with its input, for the worker that claimed it.
#[derive(sqlx::FromRow)]
struct ClaimedRow {
    #[sqlx(flatten)]
    job: JobRow,
    input: Option<Vec<u8>>,
    attempt: i32,
}

/// The JSON in the `input` column.
#[derive(Serialize, Deserialize)]
struct StoredInput {
    #[serde(flatten)]
    input: JobInput,
    #[serde(default, skip_serializing_if = "Submitter::is_unknown")]
    submitter: Submitter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        let state = JobState::ALL
            .into_iter()
            .find(|state| state.name() == row.state)
            .ok_or_else(|| StoreError::Corrupt(format!("the job {} has the unknown state {:?}", row.id, row.state)))?;
        Ok(Self {
            id: row.id,
            video_id: parse_id(&row.video_id)?,
            state,
            steps: from_json(row.id, row.steps.as_bytes())?,
            logs: from_json(row.id, row.logs.as_bytes())?,
            error: row.error.map(|error| from_json(row.id, error.as_bytes())).transpose()?,
            result_url: row.result_url,
            title: row.title,
            can_retry: state == JobState::Failed && row.has_input,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<ClaimedRow> for ClaimedJob {
    type Error = StoreError;

    fn try_from(row: ClaimedRow) -> Result<Self, StoreError> {
        let id = row.job.id;
        let compressed = row.input.ok_or_else(|| StoreError::Corrupt(format!("the job {id} has no input")))?;
        let input = gzip::decompress(&compressed)
            .map_err(|error| StoreError::Corrupt(format!("the input of job {id}: {error}")))?;
        let StoredInput { input, submitter, request_id } = from_json(id, &input)?;
        Ok(Self { job: row.job.try_into()?, input, submitter, attempt: row.attempt, request_id })
    }
}

fn from_json<T: DeserializeOwned>(id: Uuid, json: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|error| StoreError::Corrupt(format!("the job {id}: {error}")))
}

pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("the parts of a job serialize to JSON")
}

/// Returns the error for a job whose workers keep vanishing.
fn gave_up() -> JobError {
    JobError::new(
        "gave_up",
        format!(
            "the analysis was interrupted {MAX_LOST_LEASES} times, possibly by this sermon itself, so it is not retried \
             automatically; retry it to try again"
        ),
    )
}

impl<D: Dialect> SqlStore<D> {
    async fn try_enqueue(&self, new: &NewJob) -> Result<(Job, bool), StoreError> {
        let input =
            StoredInput { input: new.input.clone(), submitter: new.submitter, request_id: new.request_id.clone() };
        let input = gzip::compress(to_json(&input).as_bytes());
        let title = new.input.title().map(columns::without_nul);
        let mut transaction = self.begin_write().await?;
        for _ in 0..ENQUEUE_ATTEMPTS {
            let inserted: Option<JobRow> = sql::<D>(
                "insert into jobs
                    (id, video_id, dedupe_key, state, attempt, lost_leases, input, steps, logs, title, created_at,
                    updated_at)
                values ($1, $2, $3, 'queued', 0, 0, $4, '[]', '[]', $5, $6, $6)
                on conflict (dedupe_key) where state in ('queued', 'running') do nothing
                returning id, video_id, state, steps, logs, error, result_url, title, input is not null as has_input,
                    created_at, updated_at",
            )
            .bind(new.id)
            .bind(new.video_id.as_str())
            .bind(columns::without_nul(&new.dedupe_key))
            .bind(input.as_slice())
            .bind(title.clone())
            .bind(columns::db_time(new.at))
            .fetch_optional(&mut transaction)
            .await?;
            if let Some(row) = inserted {
                transaction.commit().await?;
                return Ok((row.try_into()?, true));
            }
            let mut query = sql::<D>(SELECT_JOB);
            query.push(" where state in ('queued', 'running') and dedupe_key = ");
            query.push_bind(columns::without_nul(&new.dedupe_key));
            let active: Option<JobRow> = query.fetch_optional(&mut transaction).await?;
            if let Some(row) = active {
                return Ok((row.try_into()?, false));
            }
            // The job ended between the two statements.
        }
        Err(StoreError::Conflict(format!("jobs with the key {:?} keep starting and ending", new.dedupe_key)))
    }

    async fn try_claim(&self, worker: &str, lease: TimeDelta) -> Result<Option<ClaimedJob>, StoreError> {
        let mut transaction = self.begin_write().await?;
        let now = columns::db_time(self.time(&mut transaction).await?);
        sql::<D>(
            "update jobs
            set state = 'failed', error = $1, worker = null, lease_until = null,
                lost_leases = lost_leases + 1, updated_at = $2
            where state = 'running' and lease_until < $2 and lost_leases >= $3",
        )
        .bind(to_json(&gave_up()))
        .bind(now)
        .bind(MAX_LOST_LEASES - 1)
        .execute(&mut transaction)
        .await?;
        let mut claim = sql::<D>(
            "update jobs
            set lost_leases = lost_leases + case when state = 'running' then 1 else 0 end,
                state = 'running', worker = $1, updated_at = $2, lease_until = $3, attempt = attempt + 1
            where id = (
                select id
                from jobs
                where state = 'queued' or (state = 'running' and lease_until < $2)
                order by created_at, id
                limit 1",
        )
        .bind(worker)
        .bind(now)
        .bind(columns::db_time(now + lease));
        claim.push(D::SKIP_LOCKED).push(
            ")
            returning id, video_id, state, steps, logs, error, result_url, title, input is not null as has_input,
                created_at, updated_at, input, attempt",
        );
        let row: Option<ClaimedRow> = claim.fetch_optional(&mut transaction).await?;
        transaction.commit().await?;
        row.map(ClaimedJob::try_from).transpose()
    }
}

#[async_trait]
impl<D: Dialect> JobRepository for SqlStore<D> {
    #[tracing::instrument(skip_all, fields(job = %job.id, video = %job.video_id))]
    async fn enqueue(&self, job: &NewJob) -> Result<(Job, bool), StoreError> {
        self.with_deadline(self.with_retries(|| self.try_enqueue(job))).await
    }

    #[tracing::instrument(skip_all)]
    async fn claim(&self, worker: &str, lease: TimeDelta) -> Result<Option<ClaimedJob>, StoreError> {
        self.with_deadline(self.with_retries(|| self.try_claim(worker, lease))).await
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn renew(&self, id: Uuid, worker: &str, lease: TimeDelta) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            let until = self.time(&mut session).await? + lease;
            let renewed =
                sql::<D>("update jobs set lease_until = $3 where id = $1 and worker = $2 and state = 'running'")
                    .bind(id)
                    .bind(worker)
                    .bind(columns::db_time(until))
                    .execute(&mut session)
                    .await?;
            session.commit().await?;
            Ok(renewed == 1)
        })
        .await
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn record_progress(
        &self,
        id: Uuid,
        worker: &str,
        steps: &[Step],
        logs: &[LogLine],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let written = self.with_deadline(async {
            self.write(
                sql::<D>(
                    "update jobs
                set steps = $3, logs = $4, updated_at = $5
                where id = $1 and worker = $2 and state = 'running'",
                )
                .bind(id)
                .bind(worker)
                .bind(to_json(steps))
                .bind(to_json(logs))
                .bind(columns::db_time(at)),
            )
            .await
        });
        Ok(written.await? == 1)
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn finish(
        &self,
        id: Uuid,
        worker: &str,
        outcome: &JobOutcome,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (state, error, result_url) = match outcome {
            JobOutcome::Done { result_url } => (JobState::Done, None, Some(columns::without_nul(result_url))),
            JobOutcome::Failed(problem) => (JobState::Failed, Some(to_json(problem)), None),
        };
        let ended = self.with_deadline(async {
            self.write(
                sql::<D>(
                    "update jobs
                set state = $3, error = $4, result_url = $5, updated_at = $6, worker = null, lease_until = null,
                    input = case when $3 = 'done' then null else input end
                where id = $1 and worker = $2 and state = 'running'",
                )
                .bind(id)
                .bind(worker)
                .bind(state.name())
                .bind(error)
                .bind(result_url)
                .bind(columns::db_time(at)),
            )
            .await
        });
        Ok(ended.await? == 1)
    }

    #[tracing::instrument(skip_all)]
    async fn release(&self, worker: &str, at: DateTime<Utc>) -> Result<u64, StoreError> {
        self.with_deadline(async {
            self.write(
                sql::<D>(
                    "update jobs
                set state = 'queued', worker = null, lease_until = null, updated_at = $2
                where worker = $1 and state = 'running'",
                )
                .bind(worker)
                .bind(columns::db_time(at)),
            )
            .await
        })
        .await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn was_done(&self, id: &VideoId, keys: &[String; 2], since: DateTime<Utc>) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let (count,) = sql::<D>(
                "select count(*)
                from jobs
                where video_id = $1 and dedupe_key in ($2, $3) and state = 'done' and updated_at >= $4",
            )
            .bind(id.as_str())
            .bind(keys[0].as_str())
            .bind(keys[1].as_str())
            .bind(columns::db_time(since))
            .fetch_one::<(i64,)>(&mut *self.reader().await?)
            .await?;
            Ok(count > 0)
        })
        .await
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError> {
        self.with_deadline(async {
            let mut query = sql::<D>(SELECT_JOB);
            query.push(" where id = ").push_bind(id);
            let row: Option<JobRow> = query.fetch_optional(&mut *self.reader().await?).await?;
            row.map(Job::try_from).transpose()
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn count_jobs(&self, state: JobState) -> Result<i64, StoreError> {
        self.with_deadline(async {
            let count = sql::<D>("select count(*) from jobs where state = $1").bind(state.name());
            Ok(count.fetch_one::<(i64,)>(&mut *self.reader().await?).await?.0)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn prune_jobs(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.with_deadline(async {
            self.write(
                sql::<D>("delete from jobs where state in ('done', 'failed') and updated_at < $1")
                    .bind(columns::db_time(before)),
            )
            .await
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_of_a_job_queued_by_an_earlier_build_can_be_read() {
        let json = r#"{"kind":"youtube","video_id":"sErm0n_Tst1"}"#;
        let stored: StoredInput = from_json(Uuid::nil(), json.as_bytes()).expect("an input");
        assert!(matches!(stored, StoredInput { input: JobInput::Youtube { .. }, request_id: None, .. }));
        assert!(stored.submitter.is_unknown());
        assert_eq!(to_json(&stored), json);
    }
}
