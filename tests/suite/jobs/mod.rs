//! The analysis of a sermon and the job queue, with a fake YouTube and a real database.

mod pipeline;
mod queue;
mod workers;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use mannameter::{
    domain::{Job, JobInput, StepName, StepState, Submission, Submitter, VideoId},
    jobs::{Analyzer, JobProgress, Jobs, Pipeline, PipelineError, PipelineOutcome, Workers},
    youtube::{CaptionTrack, Channel, ErrorClass, FetchedVideo, YouTube, YouTubeError},
};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::support::saving::{Bench, eventually, id};

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
    /// The captions, but only after this is notified.
    After(Arc<Notify>),
    Panic,
}

#[derive(Debug)]
struct FakeYouTube {
    replies: Mutex<Replies>,
    /// Number of requests for a video.
    video_requests: AtomicUsize,
    /// Number of requests that are waiting for their captions.
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

    /// Follows a job until it ends.
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
        (self.pipeline.run(input, Submitter::LOCAL, &progress).await, progress)
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

    /// Waits until a job is waiting for its captions.
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
