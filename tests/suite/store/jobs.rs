//! The job queue: claims, leases, retries and pruning.

use chrono::TimeDelta;
use mannameter::{
    domain::{JobError, JobInput, JobState, LogLine, NewJob, Step, StepName, StepState, Submission, Submitter},
    store::{ClaimedJob, JobOutcome},
};

use crate::store::harness::{Harness, at, contract, id, join_all, new_id};

contract! {
    a_job_goes_from_queued_to_done_and_its_input_is_cleared,
    a_job_with_the_same_key_is_queued_only_once,
    no_two_workers_claim_the_same_job,
    an_expired_lease_is_taken_over_and_the_old_worker_is_refused,
    a_released_job_can_be_claimed_at_once_and_does_not_count_as_lost,
    a_job_whose_workers_keep_vanishing_fails_for_good,
    only_old_ended_jobs_are_pruned,
}

fn job(key: &str, seconds: i64) -> NewJob {
    NewJob {
        id: new_id(),
        video_id: id("sErm0n_Tst1"),
        input: JobInput::Transcript(Submission { transcript: "words \0 words".to_owned(), ..Submission::default() }),
        submitter: Submitter::LOCAL,
        dedupe_key: key.to_owned(),
        at: at(seconds),
        request_id: Some("a request".to_owned()),
    }
}

/// Claims a job at one time, with a lease that ends at another.
async fn claim(harness: &Harness, worker: &str, now: i64, until: i64) -> Option<ClaimedJob> {
    harness.clock.set(at(now));
    harness.store.claim(worker, TimeDelta::seconds(until - now)).await.expect("the query succeeds")
}

fn done() -> JobOutcome {
    JobOutcome::Done { result_url: "/video/sErm0n_Tst1".to_owned() }
}

async fn a_job_goes_from_queued_to_done_and_its_input_is_cleared(harness: Harness) {
    let store = &harness.store;
    let new = job("a", 0);
    let (queued, is_new) = store.enqueue(&new).await.expect("the job is queued");
    assert!(is_new);
    assert_eq!((queued.id, queued.state, &queued.video_id), (new.id, JobState::Queued, &new.video_id));
    assert_eq!(store.count_jobs(JobState::Queued).await.expect("a number"), 1);

    let claimed = claim(&harness, "w", 1, 60).await.expect("a job");
    assert_eq!((claimed.job.id, claimed.job.state, claimed.attempt), (new.id, JobState::Running, 1));
    assert_eq!((&claimed.input, &claimed.request_id), (&new.input, &new.request_id));
    assert!(claim(&harness, "w", 2, 60).await.is_none());

    let steps = [Step { name: StepName::Read, state: StepState::Done, at: at(2) }];
    let logs = [LogLine { at: at(2), message: "read \0 it".to_owned() }];
    assert!(store.record_progress(new.id, "w", &steps, &logs, at(2)).await.expect("the query succeeds"));
    assert!(store.finish(new.id, "w", &done(), at(3)).await.expect("the query succeeds"));
    let ended = store.job(new.id).await.expect("the query succeeds").expect("a job");
    assert_eq!((ended.state, ended.result_url.as_deref()), (JobState::Done, Some("/video/sErm0n_Tst1")));
    assert_eq!((ended.steps.as_slice(), ended.logs.as_slice()), (&steps[..], &logs[..]));
    assert_eq!(harness.query("select count(*) from jobs where input is not null").await, 0);
    assert!(!store.finish(new.id, "w", &done(), at(4)).await.expect("the query succeeds"));
    assert_eq!(store.job(new_id()).await.expect("the query succeeds"), None);
}

async fn a_job_with_the_same_key_is_queued_only_once(harness: Harness) {
    let store = &harness.store;
    let requests = (0..10).map(|_| {
        let store = store.clone();
        async move { store.enqueue(&job("same", 0)).await.expect("the query succeeds") }
    });
    let answers = join_all(requests).await;
    assert_eq!(answers.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(answers.iter().all(|(job, _)| job.id == answers[0].0.id));

    claim(&harness, "w", 1, 60).await.expect("a job");
    assert!(!store.enqueue(&job("same", 2)).await.expect("the query succeeds").1, "it is running");
    store.finish(answers[0].0.id, "w", &done(), at(3)).await.expect("the query succeeds");
    assert!(store.enqueue(&job("same", 4)).await.expect("the query succeeds").1, "it has ended");
    for state in [JobState::Queued, JobState::Done] {
        assert_eq!(store.count_jobs(state).await.expect("a number"), 1, "{state:?}");
    }
}

async fn no_two_workers_claim_the_same_job(harness: Harness) {
    for number in 0..30 {
        harness.store.enqueue(&job(&format!("k{number}"), number)).await.expect("the job is queued");
    }
    let workers = (0..10).map(|worker| {
        let store = harness.store.clone();
        async move {
            let mut claims = Vec::new();
            while let Some(claimed) =
                store.claim(&format!("w{worker}"), TimeDelta::seconds(49)).await.expect("the query succeeds")
            {
                claims.push(claimed.job.id);
            }
            claims
        }
    });
    let mut all = join_all(workers).await.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 30);
    assert_eq!(harness.store.count_jobs(JobState::Running).await.expect("a number"), 30);
}

async fn an_expired_lease_is_taken_over_and_the_old_worker_is_refused(harness: Harness) {
    let store = &harness.store;
    let (queued, _) = store.enqueue(&job("a", 0)).await.expect("the job is queued");
    claim(&harness, "first", 1, 10).await.expect("a job");
    assert!(store.renew(queued.id, "first", TimeDelta::seconds(19)).await.expect("the query succeeds"));
    assert!(claim(&harness, "second", 15, 30).await.is_none(), "it was renewed");

    let taken = claim(&harness, "second", 21, 30).await.expect("a job");
    assert_eq!((taken.job.id, taken.attempt), (queued.id, 2));
    assert!(!store.renew(queued.id, "first", TimeDelta::seconds(39)).await.expect("the query succeeds"));
    assert!(!store.record_progress(queued.id, "first", &[], &[], at(22)).await.expect("the query succeeds"));
    assert!(!store.finish(queued.id, "first", &done(), at(22)).await.expect("the query succeeds"));
    assert!(store.finish(queued.id, "second", &done(), at(23)).await.expect("the query succeeds"));
}

async fn a_released_job_can_be_claimed_at_once_and_does_not_count_as_lost(harness: Harness) {
    let store = &harness.store;
    store.enqueue(&job("a", 0)).await.expect("the job is queued");
    for attempt in 1..=8 {
        let claimed = claim(&harness, "w", 1, 60).await.expect("a job");
        assert_eq!(claimed.attempt, attempt);
        assert_eq!(store.release("w", at(2)).await.expect("the query succeeds"), 1);
    }
    assert_eq!(store.release("w", at(2)).await.expect("the query succeeds"), 0);
}

async fn a_job_whose_workers_keep_vanishing_fails_for_good(harness: Harness) {
    let store = &harness.store;
    let (queued, _) = store.enqueue(&job("poison", 0)).await.expect("the job is queued");
    store.enqueue(&job("good", 1)).await.expect("the job is queued");
    for attempt in 0..5 {
        let now = 10 * attempt;
        let claimed = claim(&harness, "w", now, now + 5).await.expect("a job");
        assert_eq!(claimed.job.id, queued.id);
    }
    let next = claim(&harness, "w", 100, 105).await.expect("another job");
    assert_ne!(next.job.id, queued.id);
    let failed = store.job(queued.id).await.expect("the query succeeds").expect("a job");
    assert_eq!(failed.state, JobState::Failed);
    let error: JobError = failed.error.expect("an error");
    assert_eq!(error.code, "gave_up");
    assert!(error.detail.contains("interrupted 5 times"), "{}", error.detail);
}

async fn only_old_ended_jobs_are_pruned(harness: Harness) {
    let store = &harness.store;
    for (key, ended) in [("old", Some(10)), ("new", Some(100)), ("open", None)] {
        let (queued, _) = store.enqueue(&job(key, 0)).await.expect("the job is queued");
        claim(&harness, "w", 1, 500).await.expect("a job");
        if let Some(ended) = ended {
            store.finish(queued.id, "w", &done(), at(ended)).await.expect("the query succeeds");
        }
    }
    assert_eq!(store.prune_jobs(at(50)).await.expect("a number"), 1);
    for (state, count) in [(JobState::Running, 1), (JobState::Done, 1)] {
        assert_eq!(store.count_jobs(state).await.expect("a number"), count, "{state:?}");
    }
}
