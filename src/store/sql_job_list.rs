//! The job list repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    CancelOutcome, JobCounts, JobListRepository, JobPage, JobQuery, RetryOutcome, StoreError, columns,
    dialect::Dialect,
    sql::{Sql, sql},
    sql_jobs::{JobRow, SELECT_JOBS, to_json},
    sql_store::SqlStore,
};
use crate::domain::{Job, JobError, JobState, Sha256};

/// Maximum number of jobs on a page.
const MAX_LIMIT: u16 = 200;

/// Appends the condition that a job is on a visitor's list.
fn push_owner<D: Dialect>(statement: &mut Sql<D>, owner: Option<&Sha256>) {
    if let Some(owner) = owner {
        statement.push(" and id in (select o.job_id from job_owners o where o.owner = ");
        statement.push_bind(owner.to_string()).push(")");
    }
}

/// Returns a job if the owner may see it.
async fn find_job<D: Dialect>(
    connection: &mut D::Connection,
    id: Uuid,
    owner: Option<&Sha256>,
) -> Result<Option<Job>, StoreError> {
    let mut query = sql::<D>(SELECT_JOBS);
    query.push(" where id = ").push_bind(id);
    push_owner(&mut query, owner);
    query.fetch_optional::<JobRow>(connection).await?.map(Job::try_from).transpose()
}

impl<D: Dialect> SqlStore<D> {
    async fn read_job_page(&self, query: &JobQuery) -> Result<JobPage, StoreError> {
        let limit = query.limit.clamp(1, MAX_LIMIT);
        let mut list = sql::<D>(SELECT_JOBS);
        list.push(" where 1 = 1");
        push_owner(&mut list, query.owner.as_ref());
        if let Some(state) = query.state {
            list.push(" and state = ").push_bind(state.name());
        }
        if let Some(after) = query.after {
            list.push(" and (created_at, id) < (select a.created_at, a.id from jobs a where a.id = ");
            list.push_bind(after).push(")");
        }
        list.push(" order by created_at desc, id desc limit ").push_bind(i64::from(limit) + 1);
        let mut count = sql::<D>("select state, count(*) from jobs where 1 = 1");
        push_owner(&mut count, query.owner.as_ref());
        count.push(" group by state order by state");

        let mut transaction = self.begin_snapshot().await?;
        let rows: Vec<JobRow> = list.fetch_all(&mut transaction).await?;
        let numbers: Vec<(String, i64)> = count.fetch_all(&mut transaction).await?;
        transaction.rollback().await?;

        let mut counts = JobCounts::default();
        for (name, number) in numbers {
            if let Some(state) = JobState::ALL.into_iter().find(|state| state.name() == name) {
                *counts.of(state) = number;
            }
        }
        let mut jobs = rows.into_iter().map(Job::try_from).collect::<Result<Vec<_>, _>>()?;
        let is_last = jobs.len() <= usize::from(limit);
        jobs.truncate(usize::from(limit));
        Ok(JobPage { next: jobs.last().filter(|_| !is_last).map(|job| job.id), jobs, counts })
    }

    async fn try_retry(&self, id: Uuid, owner: Option<&Sha256>, at: DateTime<Utc>) -> Result<RetryOutcome, StoreError> {
        let mut transaction = self.begin_write().await?;
        let Some(job) = find_job::<D>(&mut transaction, id, owner).await? else { return Ok(RetryOutcome::NotFound) };
        if job.state != JobState::Failed {
            return Ok(RetryOutcome::NotFailed(job.state));
        }
        if !job.can_retry {
            return Ok(RetryOutcome::NoInput);
        }
        // If two equal jobs are retried at the same time, the unique index on active jobs allows only one.
        let updated = sql::<D>(
            "update jobs
            set state = 'queued', error = null, steps = '[]', lost_leases = 0, updated_at = $2
            where id = $1 and state = 'failed' and not exists (
                select 1
                from jobs other
                where other.dedupe_key = jobs.dedupe_key and other.state in ('queued', 'running')
            )",
        )
        .bind(id)
        .bind(columns::db_time(at))
        .execute(&mut transaction)
        .await?;
        if updated == 0 {
            return Ok(RetryOutcome::AlreadyActive);
        }
        let job = find_job::<D>(&mut transaction, id, None).await?;
        transaction.commit().await?;
        Ok(job.map_or(RetryOutcome::NotFound, |job| RetryOutcome::Queued(Box::new(job))))
    }

    async fn try_cancel(
        &self,
        id: Uuid,
        owner: Option<&Sha256>,
        at: DateTime<Utc>,
    ) -> Result<CancelOutcome, StoreError> {
        let mut transaction = self.begin_write().await?;
        let Some(job) = find_job::<D>(&mut transaction, id, owner).await? else { return Ok(CancelOutcome::NotFound) };
        if job.state.is_final() {
            return Ok(CancelOutcome::Ended(job.state));
        }
        if let Some(owner) = owner {
            let (others,) = sql::<D>("select count(*) from job_owners where job_id = $1 and owner <> $2")
                .bind(id)
                .bind(owner.to_string())
                .fetch_one::<(i64,)>(&mut transaction)
                .await?;
            if others > 0 {
                sql::<D>("delete from job_owners where job_id = $1 and owner = $2")
                    .bind(id)
                    .bind(owner.to_string())
                    .execute(&mut transaction)
                    .await?;
                transaction.commit().await?;
                return Ok(CancelOutcome::Withdrawn(Box::new(job)));
            }
        }
        let updated = sql::<D>(
            "update jobs
            set state = 'failed', error = $2, worker = null, lease_until = null, updated_at = $3
            where id = $1 and state in ('queued', 'running')",
        )
        .bind(id)
        .bind(to_json(&JobError::canceled()))
        .bind(columns::db_time(at))
        .execute(&mut transaction)
        .await?;
        let job = find_job::<D>(&mut transaction, id, None).await?;
        transaction.commit().await?;
        Ok(match job {
            Some(job) if updated == 1 => CancelOutcome::Canceled(Box::new(job)),
            // The job ended between the two statements.
            Some(job) => CancelOutcome::Ended(job.state),
            None => CancelOutcome::NotFound,
        })
    }
}

#[async_trait]
impl<D: Dialect> JobListRepository for SqlStore<D> {
    #[tracing::instrument(skip_all, fields(%id))]
    async fn add_job_owner(&self, id: Uuid, owner: &Sha256) -> Result<(), StoreError> {
        let added = self.with_deadline(async {
            self.write(
                sql::<D>(
                    "insert into job_owners (owner, job_id) values ($1, $2) on conflict (owner, job_id) do nothing",
                )
                .bind(owner.to_string())
                .bind(id),
            )
            .await
        });
        added.await.map(drop)
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn set_job_title(&self, id: Uuid, worker: &str, title: &str) -> Result<(), StoreError> {
        let set = self.with_deadline(async {
            self.write(
                sql::<D>("update jobs set title = $3 where id = $1 and worker = $2 and state = 'running'")
                    .bind(id)
                    .bind(worker)
                    .bind(columns::without_nul(title)),
            )
            .await
        });
        set.await.map(drop)
    }

    #[tracing::instrument(skip_all)]
    async fn jobs(&self, query: &JobQuery) -> Result<JobPage, StoreError> {
        self.with_deadline(self.read_job_page(query)).await
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn retry_job(&self, id: Uuid, owner: Option<&Sha256>, at: DateTime<Utc>) -> Result<RetryOutcome, StoreError> {
        self.with_deadline(self.with_retries(|| self.try_retry(id, owner, at))).await
    }

    #[tracing::instrument(skip_all, fields(%id))]
    async fn cancel_job(
        &self,
        id: Uuid,
        owner: Option<&Sha256>,
        at: DateTime<Utc>,
    ) -> Result<CancelOutcome, StoreError> {
        self.with_deadline(self.with_retries(|| self.try_cancel(id, owner, at))).await
    }
}
