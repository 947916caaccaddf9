//! Submitting and following jobs.

use std::sync::atomic::Ordering;

use mannameter::{
    domain::{JobError, JobState, StepName, StepState, Submission, Submitter, VideoId},
    jobs::SubmitError,
};
use scripture_detector::transcript::TranscriptError;

use super::{Setup, paste};
use crate::support::saving::id;

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_transcript_is_analyzed_without_youtube() {
    let setup = Setup::new().await;
    let (job, new) = setup.jobs.submit_transcript(paste("turn to John 3"), Submitter::LOCAL).await.expect("accepted");
    assert!(new);
    assert_eq!(job.video_id, VideoId::for_upload("turn to John 3"));
    let workers = setup.start_workers(1);
    let finished = setup.finished(&job).await;
    workers.cancel();
    assert_eq!((finished.state, finished.error), (JobState::Done, None));
    assert_eq!(finished.result_url, Some(format!("/video/{}", job.video_id)));
    let steps: Vec<_> = finished.steps.iter().map(|step| (step.name, step.state)).collect();
    let (skipped, done) = (StepState::Skipped, StepState::Done);
    assert_eq!(
        steps,
        [
            (StepName::Video, skipped),
            (StepName::Channel, skipped),
            (StepName::Captions, skipped),
            (StepName::Read, done),
            (StepName::Analyze, done),
            (StepName::Save, done)
        ]
    );
    assert_eq!(setup.youtube.video_requests.load(Ordering::Relaxed), 0);
    let stored = setup.bench.store.video(&job.video_id).await.expect("a store").expect("the sermon");
    let document: serde_json::Value = serde_json::from_str(&stored.document).expect("JSON");
    assert_eq!(document["title"], "Untitled sermon");
    assert_eq!(document["source"]["kind"], "paste");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_transcript_is_rejected_immediately_and_not_queued() {
    let setup = Setup::new().await;
    let error = setup.jobs.submit_transcript(paste(" \n "), Submitter::LOCAL).await.expect_err("empty");
    assert!(matches!(error, SubmitError::Transcript(TranscriptError::Empty)));
    assert_eq!(JobError::from(&error).code, "transcript_empty");
    assert_eq!(setup.bench.store.count_jobs(JobState::Queued).await.expect("a number"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_queued_once_until_its_job_has_ended() {
    let setup = Setup::new().await;
    let (first, new) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    assert!(new);
    let submissions = (0..20).map(|_| setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL));
    for again in futures_util::future::join_all(submissions).await {
        let (again, new) = again.expect("accepted");
        assert_eq!((again.id, new), (first.id, false));
    }
    let (one, _) = setup.jobs.submit_transcript(paste("turn to John 3"), Submitter::LOCAL).await.expect("accepted");
    let (same, _) = setup.jobs.submit_transcript(paste("turn to John 3"), Submitter::LOCAL).await.expect("accepted");
    let titled = Submission { title: "A title".to_owned(), ..paste("turn to John 3") };
    let (other, _) = setup.jobs.submit_transcript(titled, Submitter::LOCAL).await.expect("accepted");
    assert_eq!(one.id, same.id);
    assert_ne!(one.id, other.id, "another title is not the same");

    let workers = setup.start_workers(2);
    for job in [&first, &one, &other] {
        assert_eq!(setup.finished(job).await.state, JobState::Done);
    }
    let (next, new) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    assert!(new && next.id != first.id);
    assert_eq!(setup.finished(&next).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_a_job_from_the_queue_to_its_end() {
    let setup = Setup::new().await;
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1"), Submitter::LOCAL).await.expect("accepted");
    let mut updates = setup.jobs.follow(job.id);
    assert_eq!(updates.next().await.expect("a job").expect("the job").state, JobState::Queued);
    let workers = setup.start_workers(1);
    let mut states = Vec::new();
    while let Some(job) = updates.next().await.expect("a job") {
        states.push(job);
    }
    workers.cancel();
    assert_eq!(states.last().map(|job| job.state), Some(JobState::Done));
    // A follower may miss states if the machine is busy, but the log never gets shorter.
    assert!(states.windows(2).all(|pair| pair[0].logs.len() <= pair[1].logs.len()));
    let mut late = setup.jobs.follow(job.id);
    assert_eq!(late.next().await.expect("a job").expect("the job").state, JobState::Done);
    assert_eq!(late.next().await.expect("a job"), None);
    assert_eq!(setup.jobs.follow(setup.bench.clock.new_id()).next().await.expect("no error"), None);
}
