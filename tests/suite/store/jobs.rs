//! The job queue: claims, leases, retries and pruning.

use mannameter::{
    domain::{JobError, JobInput, JobState, LogLine, NewJob, Step, StepName, StepState, Submission, Submitter},
    store::JobOutcome,
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

    let claimed = store.claim("w", at(1), at(60)).await.expect("the query succeeds").expect("a job");
    assert_eq!((claimed.job.id, claimed.job.state, claimed.attempt), (new.id, JobState::Running, 1));
    assert_eq!((&claimed.input, &claimed.request_id), (&new.input, &new.request_id));
    assert!(store.claim("w", at(2), at(60)).await.expect("the query succeeds").is_none());

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

    store.claim("w", at(1), at(60)).await.expect("the query succeeds").expect("a job");
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
                store.claim(&format!("w{worker}"), at(50), at(99)).await.expect("the query succeeds")
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
    store.claim("first", at(1), at(10)).await.expect("the query succeeds").expect("a job");
    assert!(store.renew(queued.id, "first", at(20)).await.expect("the query succeeds"));
    assert!(store.claim("second", at(15), at(30)).await.expect("the query succeeds").is_none(), "it was renewed");

    let taken = store.claim("second", at(21), at(30)).await.expect("the query succeeds").expect("a job");
    assert_eq!((taken.job.id, taken.attempt), (queued.id, 2));
    assert!(!store.renew(queued.id, "first", at(60)).await.expect("the query succeeds"));
    assert!(!store.record_progress(queued.id, "first", &[], &[], at(22)).await.expect("the query succeeds"));
    assert!(!store.finish(queued.id, "first", &done(), at(22)).await.expect("the query succeeds"));
    assert!(store.finish(queued.id, "second", &done(), at(23)).await.expect("the query succeeds"));
}

async fn a_released_job_can_be_claimed_at_once_and_does_not_count_as_lost(harness: Harness) {
    let store = &harness.store;
    store.enqueue(&job("a", 0)).await.expect("the job is queued");
    for attempt in 1..=8 {
        let claimed = store.claim("w", at(1), at(60)).await.expect("the query succeeds").expect("a job");
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
        let claimed = store.claim("w", at(now), at(now + 5)).await.expect("the query succeeds").expect("a job");
        assert_eq!(claimed.job.id, queued.id);
    }
    let next = store.claim("w", at(100), at(105)).await.expect("the query succeeds").expect("another job");
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
        store.claim("w", at(1), at(500)).await.expect("the query succeeds").expect("a job");
        if let Some(ended) = ended {
            store.finish(queued.id, "w", &done(), at(ended)).await.expect("the query succeeds");
        }
    }
    assert_eq!(store.prune_jobs(at(50)).await.expect("a number"), 1);
    for (state, count) in [(JobState::Running, 1), (JobState::Done, 1)] {
        assert_eq!(store.count_jobs(state).await.expect("a number"), count, "{state:?}");
    }
}
