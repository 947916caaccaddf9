//! The queue: who gets which job, for how long, and what becomes of it.

use mannameter::{
    domain::{JobInput, JobState, LogLine, NewJob, Problem, Step, StepState, Submission},
    store::JobOutcome,
};

use crate::store::harness::{Harness, at, contract, id, new_id, together};

contract! {
    a_job_goes_from_queued_to_done_and_its_input_is_forgotten,
    a_second_job_of_the_same_key_is_the_first_one,
    ten_workers_never_get_the_same_job,
    a_lease_that_ran_out_is_taken_over_and_its_old_holder_is_refused,
    a_released_job_is_taken_up_at_once_and_does_not_count_as_lost,
    a_job_whose_workers_keep_vanishing_is_given_up,
    only_old_jobs_that_ended_are_pruned,
}

fn job(key: &str, seconds: i64) -> NewJob {
    NewJob {
        id: new_id(),
        video_id: id("sErm0n_Tst1"),
        input: JobInput::Transcript(Submission { transcript: "words \0 words".to_owned(), ..Submission::default() }),
        dedupe_key: key.to_owned(),
        at: at(seconds),
    }
}

fn done() -> JobOutcome {
    JobOutcome::Done { result_url: "/video/sErm0n_Tst1".to_owned() }
}

async fn a_job_goes_from_queued_to_done_and_its_input_is_forgotten(harness: Harness) {
    let store = &harness.store;
    let new = job("a", 0);
    let (queued, is_new) = store.enqueue(&new).await.expect("it is queued");
    assert!(is_new);
    assert_eq!((queued.id, queued.state, &queued.video_id), (new.id, JobState::Queued, &new.video_id));
    assert_eq!(store.count_jobs(JobState::Queued).await.expect("a number"), 1);

    let claimed = store.claim("w", at(1), at(60)).await.expect("an answer").expect("a job");
    assert_eq!((claimed.job.id, claimed.job.state, claimed.attempt), (new.id, JobState::Running, 1));
    assert_eq!(claimed.input, new.input);
    assert!(store.claim("w", at(2), at(60)).await.expect("an answer").is_none());

    let steps = [Step { name: "read".to_owned(), state: StepState::Done, at: at(2) }];
    let logs = [LogLine { at: at(2), message: "read \0 it".to_owned() }];
    assert!(store.progress(new.id, "w", &steps, &logs, at(2)).await.expect("an answer"));
    assert!(store.finish(new.id, "w", &done(), at(3)).await.expect("an answer"));
    let ended = store.job(new.id).await.expect("an answer").expect("a job");
    assert_eq!((ended.state, ended.result_url.as_deref()), (JobState::Done, Some("/video/sErm0n_Tst1")));
    assert_eq!((ended.steps.as_slice(), ended.logs.as_slice()), (&steps[..], &logs[..]));
    assert_eq!(harness.ask("select count(*) from jobs where input is not null").await, 0);
    assert!(!store.finish(new.id, "w", &done(), at(4)).await.expect("an answer"));
    assert_eq!(store.job(new_id()).await.expect("an answer"), None);
}

async fn a_second_job_of_the_same_key_is_the_first_one(harness: Harness) {
    let store = &harness.store;
    let asked = (0..10).map(|_| {
        let store = store.clone();
        async move { store.enqueue(&job("same", 0)).await.expect("an answer") }
    });
    let answers = together(asked).await;
    assert_eq!(answers.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(answers.iter().all(|(job, _)| job.id == answers[0].0.id));

    store.claim("w", at(1), at(60)).await.expect("an answer").expect("a job");
    assert!(!store.enqueue(&job("same", 2)).await.expect("an answer").1, "it is running");
    store.finish(answers[0].0.id, "w", &done(), at(3)).await.expect("an answer");
    assert!(store.enqueue(&job("same", 4)).await.expect("an answer").1, "it has ended");
    assert_eq!(
        store.recent_jobs(10).await.expect("jobs").iter().map(|job| job.state).collect::<Vec<_>>(),
        [JobState::Queued, JobState::Done]
    );
}

async fn ten_workers_never_get_the_same_job(harness: Harness) {
    for number in 0..30 {
        harness.store.enqueue(&job(&format!("k{number}"), number)).await.expect("it is queued");
    }
    let workers = (0..10).map(|worker| {
        let store = harness.store.clone();
        async move {
            let mut mine = Vec::new();
            while let Some(claimed) = store.claim(&format!("w{worker}"), at(50), at(99)).await.expect("an answer") {
                mine.push(claimed.job.id);
            }
            mine
        }
    });
    let mut all = together(workers).await.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 30);
    assert_eq!(harness.store.count_jobs(JobState::Running).await.expect("a number"), 30);
}

async fn a_lease_that_ran_out_is_taken_over_and_its_old_holder_is_refused(harness: Harness) {
    let store = &harness.store;
    let (queued, _) = store.enqueue(&job("a", 0)).await.expect("it is queued");
    store.claim("first", at(1), at(10)).await.expect("an answer").expect("a job");
    assert!(store.renew(queued.id, "first", at(20)).await.expect("an answer"));
    assert!(store.claim("second", at(15), at(30)).await.expect("an answer").is_none(), "it was renewed");

    let taken = store.claim("second", at(21), at(30)).await.expect("an answer").expect("a job");
    assert_eq!((taken.job.id, taken.attempt), (queued.id, 2));
    assert!(!store.renew(queued.id, "first", at(60)).await.expect("an answer"));
    assert!(!store.progress(queued.id, "first", &[], &[], at(22)).await.expect("an answer"));
    assert!(!store.finish(queued.id, "first", &done(), at(22)).await.expect("an answer"));
    assert!(store.finish(queued.id, "second", &done(), at(23)).await.expect("an answer"));
}

async fn a_released_job_is_taken_up_at_once_and_does_not_count_as_lost(harness: Harness) {
    let store = &harness.store;
    store.enqueue(&job("a", 0)).await.expect("it is queued");
    for attempt in 1..=8 {
        let claimed = store.claim("w", at(1), at(60)).await.expect("an answer").expect("a job");
        assert_eq!(claimed.attempt, attempt);
        assert_eq!(store.release("w", at(2)).await.expect("an answer"), 1);
    }
    assert_eq!(store.release("w", at(2)).await.expect("an answer"), 0);
}

async fn a_job_whose_workers_keep_vanishing_is_given_up(harness: Harness) {
    let store = &harness.store;
    let (queued, _) = store.enqueue(&job("poison", 0)).await.expect("it is queued");
    store.enqueue(&job("good", 1)).await.expect("it is queued");
    for attempt in 0..5 {
        let now = 10 * attempt;
        let claimed = store.claim("w", at(now), at(now + 5)).await.expect("an answer").expect("a job");
        assert_eq!(claimed.job.id, queued.id);
    }
    let next = store.claim("w", at(100), at(105)).await.expect("an answer").expect("another job");
    assert_ne!(next.job.id, queued.id);
    let given_up = store.job(queued.id).await.expect("an answer").expect("a job");
    assert_eq!(given_up.state, JobState::Failed);
    let problem: Problem = given_up.error.expect("a problem");
    assert_eq!(problem.code, "gave_up");
    assert!(problem.detail.contains("cut off 5 times"), "{}", problem.detail);
}

async fn only_old_jobs_that_ended_are_pruned(harness: Harness) {
    let store = &harness.store;
    for (key, ended) in [("old", Some(10)), ("new", Some(100)), ("open", None)] {
        let (queued, _) = store.enqueue(&job(key, 0)).await.expect("it is queued");
        store.claim("w", at(1), at(500)).await.expect("an answer").expect("a job");
        if let Some(ended) = ended {
            store.finish(queued.id, "w", &done(), at(ended)).await.expect("an answer");
        }
    }
    assert_eq!(store.prune_jobs(at(50)).await.expect("a number"), 1);
    assert_eq!(store.recent_jobs(10).await.expect("jobs").len(), 2);
}
