//! Lists of jobs: owners, retrying and canceling.

use chrono::TimeDelta;
use mannameter::{
    domain::{JobError, JobInput, JobState, NewJob, Sha256, Submission, Submitter},
    store::{CancelOutcome, ClaimedJob, JobOutcome, JobQuery, RetryOutcome},
};
use uuid::Uuid;

use crate::store::harness::{Harness, at, contract, id, new_id};

contract! {
    a_list_has_the_jobs_of_one_visitor_or_all_newest_first,
    a_failed_job_is_retried_with_its_input_by_its_owner,
    a_job_is_not_retried_while_an_equal_one_is_active,
    a_canceled_job_is_lost_to_its_worker_and_can_be_retried,
    a_job_that_others_added_too_continues_without_the_visitor_who_cancels_it,
    the_title_is_that_of_the_submission_or_found_by_the_worker,
    pruning_a_job_removes_its_owners,
}

fn job(key: &str, title: &str, seconds: i64) -> NewJob {
    let submission = Submission { title: title.to_owned(), transcript: "words".to_owned(), ..Submission::default() };
    NewJob {
        id: new_id(),
        video_id: id("sErm0n_Tst1"),
        input: JobInput::Transcript(submission),
        submitter: Submitter::default(),
        dedupe_key: key.to_owned(),
        at: at(seconds),
        request_id: None,
    }
}

fn owner(name: &str) -> Sha256 {
    Sha256::digest(name.as_bytes())
}

/// Queues a job for these visitors.
async fn queue(harness: &Harness, job: &NewJob, owners: &[&str]) {
    harness.store.enqueue(job).await.expect("queued");
    for name in owners {
        harness.store.add_job_owner(job.id, &owner(name)).await.expect("added");
        harness.store.add_job_owner(job.id, &owner(name)).await.expect("added again, which changes nothing");
    }
}

/// Claims a job at a time, with a lease until another.
async fn claim(harness: &Harness, now: i64, until: i64) -> ClaimedJob {
    harness.clock.set(at(now));
    let claimed = harness.store.claim("w", TimeDelta::seconds(until - now)).await;
    claimed.expect("the query succeeds").expect("a job")
}

/// Queues a job and lets it fail.
async fn fail(harness: &Harness, job: &NewJob, owners: &[&str]) {
    queue(harness, job, owners).await;
    claim(harness, 50, 60).await;
    let outcome = JobOutcome::Failed(JobError::new("blocked", "YouTube refuses"));
    assert!(harness.store.finish(job.id, "w", &outcome, at(51)).await.expect("the query succeeds"));
}

async fn ids(harness: &Harness, query: JobQuery) -> (Vec<Uuid>, Option<Uuid>) {
    let page = harness.store.jobs(&JobQuery { limit: query.limit.max(1), ..query }).await.expect("a page");
    (page.jobs.into_iter().map(|job| job.id).collect(), page.next)
}

async fn a_list_has_the_jobs_of_one_visitor_or_all_newest_first(harness: Harness) {
    let jobs: Vec<_> = (0..4).map(|number| job(&format!("key {number}"), "", number)).collect();
    queue(&harness, &jobs[0], &["ann", "ben"]).await;
    queue(&harness, &jobs[1], &["ann"]).await;
    queue(&harness, &jobs[2], &["ben"]).await;
    queue(&harness, &jobs[3], &[]).await;
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|index: usize| jobs[index].id);
    let all = JobQuery { limit: 3, ..JobQuery::default() };
    assert_eq!(ids(&harness, all).await, (vec![fourth, third, second], Some(second)));
    assert_eq!(ids(&harness, JobQuery { after: Some(second), ..all }).await, (vec![first], None));
    let of_ann = JobQuery { owner: Some(owner("ann")), ..all };
    assert_eq!(ids(&harness, of_ann).await, (vec![second, first], None));
    assert_eq!(ids(&harness, JobQuery { owner: Some(owner("eve")), ..all }).await, (vec![], None));

    let claimed = claim(&harness, 10, 60).await;
    assert_eq!(claimed.job.id, first);
    let running = JobQuery { state: Some(JobState::Running), ..of_ann };
    assert_eq!(ids(&harness, running).await, (vec![first], None));
    let counts = harness.store.jobs(&running).await.expect("a page").counts;
    assert_eq!((counts.queued, counts.running, counts.failed, counts.done, counts.total()), (1, 1, 0, 0, 2));
}

async fn a_failed_job_is_retried_with_its_input_by_its_owner(harness: Harness) {
    let (store, failed) = (&harness.store, job("a", "A title", 0));
    fail(&harness, &failed, &["ann"]).await;
    let listed = store.job(failed.id).await.expect("the query succeeds").expect("a job");
    assert!(listed.can_retry);
    let retry = async |name: &str| store.retry_job(failed.id, Some(&owner(name)), at(60)).await.expect("an outcome");
    assert_eq!(retry("eve").await, RetryOutcome::NotFound);
    let RetryOutcome::Queued(again) = retry("ann").await else { panic!("not queued") };
    assert_eq!((again.state, again.error, again.can_retry), (JobState::Queued, None, false));
    assert_eq!(retry("ann").await, RetryOutcome::NotFailed(JobState::Queued));
    let claimed = claim(&harness, 61, 70).await;
    assert_eq!((claimed.job.id, claimed.input), (failed.id, failed.input.clone()));
    let done = JobOutcome::Done { result_url: "/video/sErm0n_Tst1".to_owned() };
    assert!(store.finish(failed.id, "w", &done, at(62)).await.expect("the query succeeds"));
    assert_eq!(harness.query("select count(*) from jobs where input is not null").await, 0);
    assert_eq!(store.retry_job(new_id(), None, at(63)).await.expect("an outcome"), RetryOutcome::NotFound);
}

async fn a_job_is_not_retried_while_an_equal_one_is_active(harness: Harness) {
    let (first, second) = (job("same", "", 0), job("same", "", 1));
    fail(&harness, &first, &[]).await;
    queue(&harness, &second, &[]).await;
    let outcome = harness.store.retry_job(first.id, None, at(60)).await.expect("an outcome");
    assert_eq!(outcome, RetryOutcome::AlreadyActive);
    // A job that an earlier release ran has no input.
    harness.run("update jobs set input = null where state = 'failed'").await;
    let outcome = harness.store.retry_job(first.id, None, at(60)).await.expect("an outcome");
    assert_eq!(outcome, RetryOutcome::NoInput);
}

async fn a_canceled_job_is_lost_to_its_worker_and_can_be_retried(harness: Harness) {
    let (store, running) = (&harness.store, job("a", "", 0));
    queue(&harness, &running, &["ann"]).await;
    claim(&harness, 1, 60).await;
    let cancel = async |name: &str| store.cancel_job(running.id, Some(&owner(name)), at(2)).await.expect("an outcome");
    assert_eq!(cancel("eve").await, CancelOutcome::NotFound);
    let CancelOutcome::Canceled(canceled) = cancel("ann").await else { panic!("not canceled") };
    assert_eq!(canceled.error.map(|error| error.code).as_deref(), Some("canceled"));
    assert!(!store.renew(running.id, "w", TimeDelta::seconds(30)).await.expect("the query succeeds"));
    let done = JobOutcome::Done { result_url: "/video/sErm0n_Tst1".to_owned() };
    assert!(!store.finish(running.id, "w", &done, at(3)).await.expect("the query succeeds"));
    assert_eq!(cancel("ann").await, CancelOutcome::Ended(JobState::Failed));
    assert!(matches!(store.retry_job(running.id, None, at(4)).await.expect("an outcome"), RetryOutcome::Queued(_)));
}

async fn a_job_that_others_added_too_continues_without_the_visitor_who_cancels_it(harness: Harness) {
    let (store, shared) = (&harness.store, job("a", "", 0));
    queue(&harness, &shared, &["ann", "ben"]).await;
    let cancel = async |name: &str| store.cancel_job(shared.id, Some(&owner(name)), at(2)).await.expect("an outcome");
    assert!(matches!(cancel("ben").await, CancelOutcome::Withdrawn(job) if job.state == JobState::Queued));
    assert_eq!(cancel("ben").await, CancelOutcome::NotFound);
    assert!(matches!(cancel("ann").await, CancelOutcome::Canceled(_)));
}

async fn the_title_is_that_of_the_submission_or_found_by_the_worker(harness: Harness) {
    let (store, titled) = (&harness.store, job("a", " The \0Sower ", 0));
    let (queued, _) = store.enqueue(&titled).await.expect("queued");
    assert_eq!(queued.title.as_deref(), Some("The \u{fffd}Sower"));
    let video = id("sErm0n_Tst2");
    let untitled = NewJob { video_id: video.clone(), input: JobInput::Youtube { video_id: video }, ..job("b", "", 1) };
    assert_eq!(store.enqueue(&untitled).await.expect("queued").0.title, None);
    for _ in 0..2 {
        claim(&harness, 2, 60).await;
    }
    store.set_job_title(untitled.id, "another worker", "No").await.expect("nothing to do");
    store.set_job_title(untitled.id, "w", "Found").await.expect("the query succeeds");
    let found = store.job(untitled.id).await.expect("the query succeeds").expect("a job");
    assert_eq!(found.title.as_deref(), Some("Found"));
}

async fn pruning_a_job_removes_its_owners(harness: Harness) {
    fail(&harness, &job("a", "", 0), &["ann", "ben"]).await;
    assert_eq!(harness.query("select count(*) from job_owners").await, 2);
    assert_eq!(harness.store.prune_jobs(at(99)).await.expect("the query succeeds"), 1);
    assert_eq!(harness.query("select count(*) from job_owners").await, 0);
}
