//! The analysis of a sermon and the job queue, with a fake YouTube and a real database.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::saving::{Bench, eventually, id};
use async_trait::async_trait;
use chrono::TimeDelta;
use scripture_detector::transcript::TranscriptError;

use mannameter::{
    domain::{Job, JobError, JobInput, JobState, SourceKind, StepName, StepState, Submission, VideoId},
    jobs::{Analyzer, JobProgress, Jobs, Pipeline, PipelineError, PipelineOutcome, SubmitError, Workers},
    safety::{SaveError, SavedTo},
    store::SaveOutcome,
    youtube::{CaptionTrack, Channel, ErrorClass, FetchedVideo, YouTube, YouTubeError},
};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

const SRT: &str = "1\n00:00:01,000 --> 00:00:03,000\nturn to John chapter 3 verse 16\n";

/// What the fake YouTube returns.
#[derive(Debug, Clone)]
struct Replies {
    video: Result<FetchedVideo, YouTubeError>,
    channel: Result<Channel, YouTubeError>,
    captions: CaptionsReply,
}

#[derive(Debug, Clone)]
enum CaptionsReply {
    Body(Vec<u8>),
    Error(YouTubeError),
    /// The captions, as soon as this is notified.
    After(Arc<Notify>),
    Panic,
}

#[derive(Debug)]
struct FakeYouTube {
    replies: Mutex<Replies>,
    /// Number of requests for a video.
    video_requests: AtomicUsize,
    /// Number of requests that wait for their captions.
    waiting: AtomicUsize,
}

impl FakeYouTube {
    fn replies(&self) -> Replies {
        self.replies.lock().expect("nothing panics while it is held").clone()
    }

    fn change(&self, change: impl FnOnce(&mut Replies)) {
        change(&mut self.replies.lock().expect("nothing panics while it is held"));
    }
}

#[async_trait]
impl YouTube for FakeYouTube {
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError> {
        self.video_requests.fetch_add(1, Ordering::Relaxed);
        self.replies().video.map(|video| FetchedVideo { video_id: id.clone(), ..video })
    }

    async fn channel(&self, _: &str) -> Result<Channel, YouTubeError> {
        self.replies().channel
    }

    async fn captions(&self, _: &FetchedVideo) -> Result<Vec<u8>, YouTubeError> {
        match self.replies().captions {
            CaptionsReply::Body(bytes) => Ok(bytes),
            CaptionsReply::Error(error) => Err(error),
            CaptionsReply::After(notify) => {
                self.waiting.fetch_add(1, Ordering::Relaxed);
                notify.notified().await;
                Ok(SRT.into())
            }
            CaptionsReply::Panic => panic!("a secret detail"),
        }
    }
}

fn refusal(class: ErrorClass) -> YouTubeError {
    YouTubeError { class, message: format!("YouTube says {}", class.code()), languages: vec!["de".to_owned()] }
}

/// A job queue with everything its jobs need.
struct Setup {
    bench: Bench,
    youtube: Arc<FakeYouTube>,
    jobs: Arc<Jobs>,
    analyzer: Arc<Analyzer>,
    pipeline: Arc<Pipeline>,
}

impl Setup {
    async fn new() -> Self {
        Self::with_bench(Bench::new().await)
    }

    fn with_bench(bench: Bench) -> Self {
        let track = CaptionTrack {
            base_url: "https://example.org/captions".to_owned(),
            language: "en-US".to_owned(),
            automatic: true,
            name: "English (auto-generated)".to_owned(),
        };
        let video = FetchedVideo {
            video_id: id("replaced"),
            title: "The Bread of Life".to_owned(),
            channel: "Grace Church".to_owned(),
            channel_id: Some("UCx".to_owned()),
            channel_url: "https://www.youtube.com/channel/UCx".to_owned(),
            duration_seconds: Some(1800.5),
            published_at: Some("2026-01-04".to_owned()),
            track,
        };
        let channel =
            Channel { country: Some("United States".to_owned()), is_church: Some(true), ..Channel::default() };
        let replies = Replies { video: Ok(video), channel: Ok(channel), captions: CaptionsReply::Body(SRT.into()) };
        let youtube = Arc::new(FakeYouTube {
            replies: Mutex::new(replies),
            video_requests: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        });
        let analyzer = Arc::new(Analyzer::new(Arc::clone(&youtube) as Arc<dyn YouTube>, Arc::clone(&bench.clock)));
        let pipeline = Arc::new(Pipeline::new(
            Arc::clone(&analyzer),
            Arc::clone(&bench.store),
            Arc::clone(&bench.saver),
            Arc::clone(&bench.clock),
            "worker",
        ));
        let jobs = Arc::new(Jobs::new(Arc::clone(&bench.store), Arc::clone(&bench.clock)));
        Self { bench, youtube, jobs, analyzer, pipeline }
    }

    /// Starts workers and returns the token that stops them.
    fn start_workers(&self, count: usize) -> CancellationToken {
        let workers = Workers::new(
            Arc::clone(&self.jobs),
            Arc::clone(&self.pipeline),
            Arc::clone(&self.bench.store),
            Arc::clone(&self.bench.clock),
            self.bench.tracker.clone(),
        );
        let token = CancellationToken::new();
        let stopping = token.clone();
        self.bench.tracker.spawn(async move { workers.run(count, stopping).await });
        token
    }

    /// Follows a job to its end.
    async fn finished(&self, job: &Job) -> Job {
        let mut updates = self.jobs.follow(job.id);
        let end = async {
            let mut last = None;
            while let Some(job) = updates.next().await.expect("a job") {
                last = Some(job);
            }
            last.expect("the job exists")
        };
        timeout(Duration::from_secs(20), end).await.expect("the job ends")
    }

    async fn run(&self, input: JobInput) -> (Result<PipelineOutcome, PipelineError>, RecordedProgress) {
        let progress = RecordedProgress::default();
        (self.pipeline.run(input, &progress).await, progress)
    }

    fn video() -> JobInput {
        JobInput::Youtube { video_id: id("sErm0n_Tst1") }
    }

    /// Holds back the captions until the returned [`Notify`] is notified.
    fn hold_captions(&self) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        self.youtube.change(|replies| replies.captions = CaptionsReply::After(Arc::clone(&notify)));
        notify
    }

    /// Waits until a job waits for its captions.
    async fn captions_are_awaited(&self) {
        eventually("a job is running", || async { self.youtube.waiting.load(Ordering::Relaxed) == 1 }).await;
    }

    async fn count_sermons(&self) -> i64 {
        self.bench.store.state().await.expect("a state").count
    }
}

/// The progress that an analysis reported.
#[derive(Default)]
struct RecordedProgress {
    steps: Mutex<Vec<String>>,
    lines: Mutex<Vec<String>>,
}

impl RecordedProgress {
    fn steps(&self) -> String {
        self.steps.lock().expect("nothing panics while it is held").join(" ")
    }

    fn log_contains(&self, text: &str) -> bool {
        self.lines.lock().expect("nothing panics while it is held").iter().any(|line| line.contains(text))
    }
}

#[async_trait]
impl JobProgress for RecordedProgress {
    async fn step(&self, name: StepName, state: StepState) {
        let state = serde_json::to_value(state).expect("a state");
        let step = format!("{}:{}", name.name(), state.as_str().expect("a name"));
        self.steps.lock().expect("nothing panics while it is held").push(step);
    }

    async fn log(&self, message: &str) {
        self.lines.lock().expect("nothing panics while it is held").push(message.to_owned());
    }
}

fn paste(transcript: &str) -> Submission {
    Submission { transcript: transcript.to_owned(), ..Submission::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_is_analyzed_step_by_step_and_saved_with_its_metadata() {
    let setup = Setup::new().await;
    let (outcome, progress) = setup.run(Setup::video()).await;
    let outcome = outcome.expect("an analysis");
    assert_eq!(outcome.report.saved().expect("in the database").outcome, SaveOutcome::Created);
    assert_eq!(
        progress.steps(),
        "video:running video:done channel:running channel:done captions:running captions:done \
         read:running read:done analyze:running analyze:done save:running save:done"
    );
    let stored = setup.bench.store.video(&id("sErm0n_Tst1")).await.expect("a store").expect("the video");
    assert_eq!(stored.document, outcome.document.to_json());
    let document: serde_json::Value = serde_json::from_str(&stored.document).expect("JSON");
    let keys: Vec<_> = document.as_object().expect("an object").keys().take(12).cloned().collect();
    assert_eq!(
        keys.join(" "),
        "video_id title channel channel_url location transcript_length processed_at stats counts suspect_counts \
         positions logs"
    );
    assert_eq!(document["title"], "The Bread of Life");
    assert_eq!(document["location"], "United States");
    assert_eq!(document["language"], "en-US");
    assert_eq!(document["source"]["kind"], "youtube");
    assert_eq!(document["source"]["automatic"], true);
    assert_eq!(document["source"]["url"], "https://www.youtube.com/watch?v=sErm0n_Tst1");
    assert!(document["references"].is_array() && document["engine"]["version"].is_string());
    assert!(document["processed_at"].as_str().expect("a time").ends_with('Z'));
    assert!(document["logs"].as_array().expect("lines").iter().all(serde_json::Value::is_string));
    let transcript = setup.bench.store.transcript(&id("sErm0n_Tst1")).await.expect("a store").expect("a transcript");
    assert_eq!(transcript.body, SRT.as_bytes());

    let bench = &setup.bench;
    assert_eq!(bench.exporter.export_now().await.expect("an export").sermons, 1);
    let exported = std::fs::read_to_string(bench.data_dir.results_json()).expect("results.json");
    assert_eq!(exported, format!("{{\n\"sErm0n_Tst1\":{}\n}}\n", stored.document));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_analyzer_alone_saves_nothing() {
    let setup = Setup::new().await;
    let analyzed = setup.analyzer.analyze(Setup::video(), &RecordedProgress::default()).await.expect("an analysis");
    assert_eq!(analyzed.document.title, "The Bread of Life");
    assert_eq!(setup.count_sermons().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_clearly_not_a_church_is_rejected_and_an_unknown_one_is_accepted() {
    let setup = Setup::new().await;
    setup.youtube.change(|replies| replies.channel = Ok(Channel { is_church: Some(false), ..Channel::default() }));
    let (result, progress) = setup.run(Setup::video()).await;
    let error = JobError::from(&result.expect_err("not a church"));
    assert_eq!((error.code.as_str(), error.paste_helps), ("not_a_church", true));
    assert!(error.detail.contains("paste its transcript"), "{}", error.detail);
    assert!(progress.steps().ends_with("channel:failed"), "{}", progress.steps());
    assert_eq!(setup.count_sermons().await, 0);

    for channel in [Ok(Channel::default()), Err(refusal(ErrorClass::Unparsable))] {
        let state = if channel.is_ok() { "channel:done" } else { "channel:skipped" };
        setup.youtube.change(|replies| replies.channel = channel);
        let (outcome, progress) = setup.run(Setup::video()).await;
        assert_eq!(outcome.expect("an analysis").document.location, "");
        assert!(progress.steps().contains(state) && progress.log_contains("continuing"), "{}", progress.steps());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_youtube_error_becomes_a_job_error() {
    let setup = Setup::new().await;
    let video = setup.youtube.replies().video.expect("a video");
    for class in ErrorClass::ALL {
        let refusals: [fn(&mut Replies, ErrorClass); 2] = [
            |replies, class| replies.captions = CaptionsReply::Error(refusal(class)),
            |replies, class| replies.video = Err(refusal(class)),
        ];
        for refuse in refusals {
            setup.youtube.change(|replies| refuse(replies, class));
            let (result, progress) = setup.run(Setup::video()).await;
            let error = JobError::from(&result.expect_err("a refusal"));
            assert_eq!(error.code, class.code());
            assert_eq!(error.detail, format!("YouTube says {}", class.code()));
            assert_eq!(error.languages, ["de"]);
            assert_eq!(error.paste_helps, class.paste_helps());
            assert!(progress.steps().ends_with(":failed"));
        }
        setup.youtube.change(|replies| replies.video = Ok(video.clone()));
    }
    assert_eq!(setup.count_sermons().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_transcript_is_analyzed_without_youtube() {
    let setup = Setup::new().await;
    let (job, new) = setup.jobs.submit_transcript(paste("turn to John 3")).await.expect("accepted");
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
async fn a_transcript_with_a_link_but_no_title_gets_its_title_from_youtube_if_possible() {
    let setup = Setup::new().await;
    let submission = Submission {
        video_id: Some(id("sErm0n_Tst1")),
        url: Some("https://youtu.be/sErm0n_Tst1".to_owned()),
        source: Some(SourceKind::Upload),
        channel: "Our own name".to_owned(),
        ..paste(SRT)
    };
    let (outcome, _) = setup.run(JobInput::Transcript(submission.clone())).await;
    let document = outcome.expect("an analysis").document;
    assert_eq!((document.title.as_str(), document.channel.as_str()), ("The Bread of Life", "Our own name"));
    assert_eq!(document.source.expect("a source").kind, SourceKind::Upload);

    setup.youtube.change(|replies| replies.video = Err(refusal(ErrorClass::Blocked)));
    let (outcome, progress) = setup.run(JobInput::Transcript(submission.clone())).await;
    assert_eq!(outcome.expect("an analysis").document.title, "Untitled sermon");
    assert!(progress.steps().starts_with("video:running video:skipped"), "{}", progress.steps());

    let requests = setup.youtube.video_requests.load(Ordering::Relaxed);
    let (outcome, _) = setup.run(JobInput::Transcript(Submission { title: " Mine ".to_owned(), ..submission })).await;
    assert_eq!(outcome.expect("an analysis").document.title, "Mine");
    assert_eq!(setup.youtube.video_requests.load(Ordering::Relaxed), requests, "the submission has a title");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_transcript_is_rejected_immediately_and_not_queued() {
    let setup = Setup::new().await;
    let error = setup.jobs.submit_transcript(paste(" \n ")).await.expect_err("empty");
    assert!(matches!(error, SubmitError::Transcript(TranscriptError::Empty)));
    assert_eq!(JobError::from(&error).code, "transcript_empty");
    assert_eq!(setup.bench.store.count_jobs(JobState::Queued).await.expect("a number"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_queued_once_until_its_job_has_ended() {
    let setup = Setup::new().await;
    let (first, new) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    assert!(new);
    let submissions = (0..20).map(|_| setup.jobs.submit_youtube(id("sErm0n_Tst1")));
    for again in futures_util::future::join_all(submissions).await {
        let (again, new) = again.expect("accepted");
        assert_eq!((again.id, new), (first.id, false));
    }
    let (one, _) = setup.jobs.submit_transcript(paste("turn to John 3")).await.expect("accepted");
    let (same, _) = setup.jobs.submit_transcript(paste("turn to John 3")).await.expect("accepted");
    let titled = Submission { title: "A title".to_owned(), ..paste("turn to John 3") };
    let (other, _) = setup.jobs.submit_transcript(titled).await.expect("accepted");
    assert_eq!(one.id, same.id);
    assert_ne!(one.id, other.id, "another title is not the same");

    let workers = setup.start_workers(2);
    for job in [&first, &one, &other] {
        assert_eq!(setup.finished(job).await.state, JobState::Done);
    }
    let (next, new) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    assert!(new && next.id != first.id);
    assert_eq!(setup.finished(&next).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_a_job_from_the_queue_to_its_end() {
    let setup = Setup::new().await;
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    let mut updates = setup.jobs.follow(job.id);
    assert_eq!(updates.next().await.expect("a job").expect("the job").state, JobState::Queued);
    let workers = setup.start_workers(1);
    let mut states = Vec::new();
    while let Some(job) = updates.next().await.expect("a job") {
        states.push(job);
    }
    workers.cancel();
    assert_eq!(states.last().map(|job| job.state), Some(JobState::Done));
    assert!(states.len() > 3 && states.windows(2).all(|pair| pair[0].logs.len() <= pair[1].logs.len()));
    let mut late = setup.jobs.follow(job.id);
    assert_eq!(late.next().await.expect("a job").expect("the job").state, JobState::Done);
    assert_eq!(late.next().await.expect("a job"), None);
    assert_eq!(setup.jobs.follow(setup.bench.clock.new_id()).next().await.expect("no error"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_dead_worker_is_run_by_another() {
    let setup = Setup::new().await;
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    let past = setup.bench.clock.now() - TimeDelta::minutes(1);
    let claimed = setup.bench.store.claim("dead", past, past + TimeDelta::seconds(15)).await.expect("a claim");
    assert_eq!(claimed.expect("the job").job.id, job.id);
    let workers = setup.start_workers(1);
    assert_eq!(setup.finished(&job).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_released_at_shutdown_and_runs_again_after_the_next_start() {
    let setup = Setup::new().await;
    setup.hold_captions();
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
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
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    let (other, _) = setup.jobs.submit_youtube(id("sErm0n_Tst2")).await.expect("accepted");
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
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    let workers = setup.start_workers(1);
    setup.captions_are_awaited().await;
    let later = setup.bench.clock.now() + TimeDelta::hours(1);
    let claimed = setup.bench.store.claim("other", later, later + TimeDelta::hours(1)).await.expect("a claim");
    assert_eq!(claimed.expect("the job").job.id, job.id);

    // The worker notices within five seconds and can take the next job.
    setup.youtube.change(|replies| replies.captions = CaptionsReply::Body(SRT.into()));
    let (next, _) = setup.jobs.submit_youtube(id("sErm0n_Tst2")).await.expect("accepted");
    assert_eq!(setup.finished(&next).await.state, JobState::Done);
    workers.cancel();
    assert_eq!(setup.jobs.job(job.id).await.expect("a job").expect("the job").state, JobState::Running);
    assert_eq!(setup.count_sermons().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_job_and_the_worker_takes_the_next_one() {
    let setup = Setup::new().await;
    setup.youtube.change(|replies| replies.captions = CaptionsReply::Panic);
    let (job, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    let workers = setup.start_workers(1);
    let finished = setup.finished(&job).await;
    let error = finished.error.expect("an error");
    assert_eq!((finished.state, error.code.as_str()), (JobState::Failed, "internal"));
    assert!(!error.detail.contains("a secret detail"), "internals are not shown");

    setup.youtube.change(|replies| replies.captions = CaptionsReply::Body(SRT.into()));
    let (next, _) = setup.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("accepted");
    assert_eq!(setup.finished(&next).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn reanalyzing_a_sermon_changes_neither_its_metadata_nor_its_transcript() {
    let setup = Setup::new().await;
    let (outcome, _) = setup.run(Setup::video()).await;
    let before = outcome.expect("an analysis").document;
    let after = setup.pipeline.reanalyze(&before.video_id).await.expect("an analysis");
    assert_eq!(after.report.saved().expect("in the database").outcome, SaveOutcome::Updated);
    assert_eq!(after.document.title, before.title);
    assert_eq!(after.document.location, before.location);
    assert_eq!(after.document.source, before.source);
    assert_eq!(after.document.stats, before.stats);
    assert!(after.document.processed_at > before.processed_at);
    let transcript = setup.bench.store.transcript(&before.video_id).await.expect("a store").expect("a transcript");
    assert_eq!(transcript.body, SRT.as_bytes());

    let error = setup.pipeline.reanalyze(&id("absent")).await.expect_err("no such sermon");
    assert_eq!(JobError::from(&error).code, "no_such_sermon");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_result_is_spooled_and_without_a_spool_it_is_returned() {
    let setup = Setup::new().await;
    let analyzed = setup.analyzer.analyze(Setup::video(), &RecordedProgress::default()).await.expect("an analysis");
    setup.bench.store.close().await;
    let outcome = setup.pipeline.save(analyzed.clone(), &RecordedProgress::default()).await.expect("spooled");
    let SavedTo::Spool { name } = outcome.report.saved_to else { panic!("in the spool") };
    let backups = setup.bench.data_dir.backups();
    assert!(backups.join(name).is_file());
    assert_eq!(setup.bench.saver.spool().status().files, 1);

    std::fs::remove_dir_all(&backups).expect("removed");
    std::fs::write(&backups, "not a directory").expect("a file in its place");
    let error =
        setup.pipeline.save(analyzed.clone(), &RecordedProgress::default()).await.expect_err("not saved anywhere");
    let job_error = JobError::from(&error);
    assert_eq!(job_error.code, "insufficient_storage");
    let document = serde_json::to_value(&analyzed.document).expect("JSON");
    assert_eq!(job_error.document, Some(document), "the error has the whole result");
    let PipelineError::Save(SaveError::NotSaved { save, .. }) = error else { panic!("{error}") };
    assert_eq!(save.document, analyzed.document);
}
