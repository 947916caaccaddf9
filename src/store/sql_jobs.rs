//! The job repository: a queue in a table.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    ClaimedJob, JobOutcome, JobRepository, StoreError, columns, gzip,
    read::video_id,
    sql::{Dialect, sql},
    sql_store::SqlStore,
};
use crate::domain::{Job, JobInput, JobState, LogLine, NewJob, Problem, Step};

/// A job whose worker vanished this many times is given up: it is likely what makes them vanish.
const MOST_LOST_LEASES: i32 = 5;

/// How many times a new job is tried to be queued, while jobs of the same key end in the same moment.
const ENQUEUE_TRIES: usize = 10;

/// What everybody may see of a row of `jobs`.
#[derive(sqlx::FromRow)]
struct JobRow {
    id: Uuid,
    video_id: String,
    state: String,
    steps: String,
    logs: String,
    error: Option<String>,
    result_url: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What a worker gets of a row of `jobs`.
#[derive(sqlx::FromRow)]
struct ClaimedRow {
    #[sqlx(flatten)]
    job: JobRow,
    input: Option<Vec<u8>>,
    attempt: i32,
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        let state = [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed]
            .into_iter()
            .find(|state| state.name() == row.state)
            .ok_or_else(|| StoreError::Corrupt(format!("the job {} has the state {:?}", row.id, row.state)))?;
        Ok(Self {
            id: row.id,
            video_id: video_id(&row.video_id)?,
            state,
            steps: from_json(row.id, row.steps.as_bytes())?,
            logs: from_json(row.id, row.logs.as_bytes())?,
            error: row.error.map(|error| from_json(row.id, error.as_bytes())).transpose()?,
            result_url: row.result_url,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<ClaimedRow> for ClaimedJob {
    type Error = StoreError;

    fn try_from(row: ClaimedRow) -> Result<Self, StoreError> {
        let id = row.job.id;
        let packed = row.input.ok_or_else(|| StoreError::Corrupt(format!("the job {id} waits without its input")))?;
        let input = gzip::decompress(&packed)
            .map_err(|error| StoreError::Corrupt(format!("the input of job {id}: {error}")))?;
        Ok(Self { job: row.job.try_into()?, input: from_json::<JobInput>(id, &input)?, attempt: row.attempt })
    }
}

fn from_json<T: DeserializeOwned>(id: Uuid, json: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|error| StoreError::Corrupt(format!("the job {id}: {error}")))
}

fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("the parts of a job have only string keys")
}

/// Why a job is not taken up any more.
fn gave_up() -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        status: 500,
        code: "gave_up".to_owned(),
        title: "Given up".to_owned(),
        detail: format!(
            "the work on this video was cut off {MOST_LOST_LEASES} times; it may be what cuts it off, so it is not \
             tried again by itself. Send it again to try once more"
        ),
        languages: Vec::new(),
        paste_helps: false,
        document: None,
    }
}

impl<D: Dialect> SqlStore<D> {
    async fn try_enqueue(&self, new: &NewJob) -> Result<(Job, bool), StoreError> {
        let input = gzip::compress(to_json(&new.input).as_bytes());
        let mut transaction = self.begin_write().await?;
        for _ in 0..ENQUEUE_TRIES {
            let queued: Option<JobRow> = sql::<D>(
                "insert into jobs
                    (id, video_id, dedupe_key, state, attempt, lost_leases, input, steps, logs, created_at, updated_at)
                values ($1, $2, $3, 'queued', 0, 0, $4, '[]', '[]', $5, $5)
                on conflict (dedupe_key) where state in ('queued', 'running') do nothing
                returning id, video_id, state, steps, logs, error, result_url, created_at, updated_at",
            )
            .bind(new.id)
            .bind(new.video_id.as_str())
            .bind(columns::text(&new.dedupe_key))
            .bind(input.as_slice())
            .bind(columns::time(new.at))
            .fetch_optional(&mut transaction)
            .await?;
            if let Some(row) = queued {
                transaction.commit().await?;
                return Ok((row.try_into()?, true));
            }
            let active: Option<JobRow> = sql::<D>(
                "select id, video_id, state, steps, logs, error, result_url, created_at, updated_at
                from jobs
                where dedupe_key = $1 and state in ('queued', 'running')",
            )
            .bind(columns::text(&new.dedupe_key))
            .fetch_optional(&mut transaction)
            .await?;
            if let Some(row) = active {
                return Ok((row.try_into()?, false));
            }
            // It ended between the two statements.
        }
        Err(StoreError::Conflict(format!("jobs with the key {:?} came and went", new.dedupe_key)))
    }

    async fn try_claim(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        let now = columns::time(now);
        let mut transaction = self.begin_write().await?;
        sql::<D>(
            "update jobs
            set state = 'failed', error = $1, input = null, worker = null, lease_until = null,
                lost_leases = lost_leases + 1, updated_at = $2
            where state = 'running' and lease_until < $2 and lost_leases >= $3",
        )
        .bind(to_json(&gave_up()))
        .bind(now)
        .bind(MOST_LOST_LEASES - 1)
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
        .bind(columns::time(lease_until));
        claim.push(D::SKIP_LOCKED).push(
            ")
            returning id, video_id, state, steps, logs, error, result_url, created_at, updated_at, input, attempt",
        );
        let row: Option<ClaimedRow> = claim.fetch_optional(&mut transaction).await?;
        transaction.commit().await?;
        row.map(ClaimedJob::try_from).transpose()
    }
}

#[async_trait]
impl<D: Dialect> JobRepository for SqlStore<D> {
    async fn enqueue(&self, job: &NewJob) -> Result<(Job, bool), StoreError> {
        self.within(self.retrying(|| self.try_enqueue(job))).await
    }

    async fn claim(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        self.within(self.retrying(|| self.try_claim(worker, now, lease_until))).await
    }

    async fn renew(&self, id: Uuid, worker: &str, lease_until: DateTime<Utc>) -> Result<bool, StoreError> {
        let renewed = self.within(async {
            sql::<D>("update jobs set lease_until = $3 where id = $1 and worker = $2 and state = 'running'")
                .bind(id)
                .bind(worker)
                .bind(columns::time(lease_until))
                .execute(&mut *self.writer().await?)
                .await
        });
        Ok(renewed.await? == 1)
    }

    async fn progress(
        &self,
        id: Uuid,
        worker: &str,
        steps: &[Step],
        logs: &[LogLine],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let written = self.within(async {
            sql::<D>(
                "update jobs
                set steps = $3, logs = $4, updated_at = $5
                where id = $1 and worker = $2 and state = 'running'",
            )
            .bind(id)
            .bind(worker)
            .bind(to_json(steps))
            .bind(to_json(logs))
            .bind(columns::time(at))
            .execute(&mut *self.writer().await?)
            .await
        });
        Ok(written.await? == 1)
    }

    async fn finish(
        &self,
        id: Uuid,
        worker: &str,
        outcome: &JobOutcome,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (state, error, result_url) = match outcome {
            JobOutcome::Done { result_url } => (JobState::Done, None, Some(columns::text(result_url))),
            JobOutcome::Failed(problem) => (JobState::Failed, Some(to_json(problem)), None),
        };
        let ended = self.within(async {
            sql::<D>(
                "update jobs
                set state = $3, error = $4, result_url = $5, updated_at = $6,
                    input = null, worker = null, lease_until = null
                where id = $1 and worker = $2 and state = 'running'",
            )
            .bind(id)
            .bind(worker)
            .bind(state.name())
            .bind(error)
            .bind(result_url)
            .bind(columns::time(at))
            .execute(&mut *self.writer().await?)
            .await
        });
        Ok(ended.await? == 1)
    }

    async fn release(&self, worker: &str, at: DateTime<Utc>) -> Result<u64, StoreError> {
        self.within(async {
            sql::<D>(
                "update jobs
                set state = 'queued', worker = null, lease_until = null, updated_at = $2
                where worker = $1 and state = 'running'",
            )
            .bind(worker)
            .bind(columns::time(at))
            .execute(&mut *self.writer().await?)
            .await
        })
        .await
    }

    async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError> {
        self.within(async {
            let row: Option<JobRow> = sql::<D>(
                "select id, video_id, state, steps, logs, error, result_url, created_at, updated_at
                from jobs
                where id = $1",
            )
            .bind(id)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
            row.map(Job::try_from).transpose()
        })
        .await
    }

    async fn recent_jobs(&self, limit: u16) -> Result<Vec<Job>, StoreError> {
        self.within(async {
            let rows: Vec<JobRow> = sql::<D>(
                "select id, video_id, state, steps, logs, error, result_url, created_at, updated_at
                from jobs
                order by created_at desc, id desc
                limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
            rows.into_iter().map(Job::try_from).collect()
        })
        .await
    }

    async fn count_jobs(&self, state: JobState) -> Result<i64, StoreError> {
        self.within(async {
            let count = sql::<D>("select count(*) from jobs where state = $1").bind(state.name());
            Ok(count.fetch_one::<(i64,)>(&mut *self.reader().await?).await?.0)
        })
        .await
    }

    async fn prune_jobs(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.within(async {
            sql::<D>("delete from jobs where state in ('done', 'failed') and updated_at < $1")
                .bind(columns::time(before))
                .execute(&mut *self.writer().await?)
                .await
        })
        .await
    }
}
