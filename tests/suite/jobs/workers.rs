//! Workers: leases, shutdown and panics.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use mannameter::{
    domain::{JobState, Submitter},
    store::{DatabaseSettings, connect},
};
use tokio::time::timeout;

use super::{CaptionsReply, SRT, Setup};
use crate::support::{
    bench::{ManualClock, patient_settings},
    saving::id,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_dead_worker_is_run_by_another() {
    let setup = Setup::new().await;
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    // Its lease has already expired.
    let claimed = setup.bench.store.claim("dead", TimeDelta::seconds(-45)).await.expect("a claim");
    assert_eq!(claimed.expect("the job").job.id, job.id);
    let workers = setup.start_workers(1);
    assert_eq!(setup.finished(&job).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_released_at_shutdown_and_runs_again_after_the_next_start() {
    let setup = Setup::new().await;
    setup.hold_captions();
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    let workers = setup.start_workers(2);
    let state = || async { setup.jobs.job(job.id).await.expect("a job").expect("the job").state };
    setup.captions_are_awaited().await;
    workers.cancel();
    setup.bench.tracker.close();
    timeout(Duration::from_secs(10), setup.bench.tracker.wait()).await.expect("the workers end");
    assert_eq!(state().await, JobState::Queued);

    let next = Setup::with_bench(setup.bench.restart().await);
    let workers = next.start_workers(1);
    let finished = timeout(Duration::from_secs(5), next.finished(&job)).await.expect("no lease has to expire");
    workers.cancel();
    assert_eq!(finished.state, JobState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_shutdown_an_almost_finished_job_finishes_and_no_other_is_started() {
    let setup = Setup::new().await;
    let captions = setup.hold_captions();
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    let (other, _) = setup.jobs.submit_youtube(id("sErm0n_Tst2"), Submitter::LOCAL).await.expect("accepted");
    let workers = setup.start_workers(1);
    setup.captions_are_awaited().await;
    workers.cancel();
    tokio::time::sleep(Duration::from_millis(200)).await;
    captions.notify_one();
    setup.bench.tracker.close();
    timeout(Duration::from_secs(10), setup.bench.tracker.wait()).await.expect("the workers end");
    assert_eq!(setup.finished(&job).await.state, JobState::Done);
    assert_eq!(setup.jobs.job(other.id).await.expect("a job").expect("the job").state, JobState::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_abandons_its_run() {
    let setup = Setup::new().await;
    setup.hold_captions();
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    let workers = setup.start_workers(1);
    setup.captions_are_awaited().await;
    // As if the worker had been suspended for an hour.
    let clock = ManualClock::at(setup.bench.clock.now() + TimeDelta::hours(1));
    let url = format!("sqlite://{}", setup.bench.data_dir.sqlite_database().display());
    let later = DatabaseSettings { clock: Some(Arc::new(clock)), ..patient_settings(&url) };
    let later = connect(&later).expect("a store");
    let claimed = later.claim("other", TimeDelta::hours(1)).await.expect("a claim");
    assert_eq!(claimed.expect("the job").job.id, job.id);

    // The worker notices within five seconds and can take the next job.
    setup.youtube.change(|replies| replies.captions = CaptionsReply::Body(SRT.into()));
    let (next, _) = setup.jobs.submit_youtube(id("sErm0n_Tst2"), Submitter::LOCAL).await.expect("accepted");
    assert_eq!(setup.finished(&next).await.state, JobState::Done);
    workers.cancel();
    assert_eq!(setup.jobs.job(job.id).await.expect("a job").expect("the job").state, JobState::Running);
    assert_eq!(setup.count_sermons().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_job_and_the_worker_takes_the_next_one() {
    let setup = Setup::new().await;
    setup.youtube.change(|replies| replies.captions = CaptionsReply::Panic);
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    let workers = setup.start_workers(1);
    let finished = setup.finished(&job).await;
    let error = finished.error.expect("an error");
    assert_eq!((finished.state, error.code.as_str()), (JobState::Failed, "internal"));
    assert!(!error.detail.contains("a secret detail"), "internals are not shown");

    setup.youtube.change(|replies| replies.captions = CaptionsReply::Body(SRT.into()));
    let (next, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    assert_eq!(setup.finished(&next).await.state, JobState::Done);
    workers.cancel();
}
