//! The way of a video and its queue, with a stand-in for YouTube and a real database.

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
    domain::{Job, JobInput, JobState, Problem, SourceKind, StepState, Submission, VideoId},
    jobs::{Analyzer, Done, Jobs, Pipeline, PipelineError, Progress, StepName, SubmitError, Workers},
    safety::{SaveError, SavedTo},
    store::SaveOutcome,
    youtube::{CaptionTrack, Channel, ErrorClass, FetchedVideo, YouTube, YouTubeError},
};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

const SRT: &str = "1\n00:00:01,000 --> 00:00:03,000\nturn to John chapter 3 verse 16\n";

/// YouTube as a test wants it.
#[derive(Debug, Clone)]
struct Stand {
    video: Result<FetchedVideo, YouTubeError>,
    channel: Result<Channel, YouTubeError>,
    captions: Captions,
}

#[derive(Debug, Clone)]
enum Captions {
    Are(Vec<u8>),
    Refused(YouTubeError),
    /// Come when this is told.
    After(Arc<Notify>),
    Panic,
}

#[derive(Debug)]
struct StandIn {
    stand: Mutex<Stand>,
    asked: AtomicUsize,
    waiting: AtomicUsize,
}

impl StandIn {
    fn now(&self) -> Stand {
        self.stand.lock().expect("nothing panics while it is held").clone()
    }

    fn change(&self, change: impl FnOnce(&mut Stand)) {
        change(&mut self.stand.lock().expect("nothing panics while it is held"));
    }
}

#[async_trait]
impl YouTube for StandIn {
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.now().video.map(|video| FetchedVideo { video_id: id.clone(), ..video })
    }

    async fn channel(&self, _: &str) -> Result<Channel, YouTubeError> {
        self.now().channel
    }

    async fn captions(&self, _: &FetchedVideo) -> Result<Vec<u8>, YouTubeError> {
        match self.now().captions {
            Captions::Are(bytes) => Ok(bytes),
            Captions::Refused(error) => Err(error),
            Captions::After(told) => {
                self.waiting.fetch_add(1, Ordering::Relaxed);
                told.notified().await;
                Ok(SRT.into())
            }
            Captions::Panic => panic!("a bug of ours"),
        }
    }
}

fn refusal(class: ErrorClass) -> YouTubeError {
    YouTubeError { class, message: format!("YouTube says {}", class.code()), languages: vec!["de".to_owned()] }
}

/// Everything that a job needs.
struct Shop {
    bench: Bench,
    youtube: Arc<StandIn>,
    jobs: Arc<Jobs>,
    analyzer: Arc<Analyzer>,
    pipeline: Arc<Pipeline>,
}

impl Shop {
    async fn new() -> Self {
        Self::on(Bench::new().await)
    }

    fn on(bench: Bench) -> Self {
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
        let stand = Stand { video: Ok(video), channel: Ok(channel), captions: Captions::Are(SRT.into()) };
        let youtube =
            Arc::new(StandIn { stand: Mutex::new(stand), asked: AtomicUsize::new(0), waiting: AtomicUsize::new(0) });
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

    /// Starts workers; gives what stops them.
    fn work(&self, count: usize) -> CancellationToken {
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
    async fn ended(&self, job: &Job) -> Job {
        let mut follow = self.jobs.follow(job.id);
        let end = async {
            let mut last = None;
            while let Some(job) = follow.next().await.expect("a job") {
                last = Some(job);
            }
            last.expect("the job is there")
        };
        timeout(Duration::from_secs(20), end).await.expect("the job ends")
    }

    async fn run(&self, input: JobInput) -> (Result<Done, PipelineError>, Seen) {
        let seen = Seen::default();
        (self.pipeline.run(input, &seen).await, seen)
    }

    fn video() -> JobInput {
        JobInput::Youtube { video_id: id("sErm0n_Tst1") }
    }

    /// Lets the next captions wait until the answer is told.
    fn captions_wait(&self) -> Arc<Notify> {
        let told = Arc::new(Notify::new());
        self.youtube.change(|stand| stand.captions = Captions::After(Arc::clone(&told)));
        told
    }

    /// Returns when a job waits for its captions.
    async fn captions_are_awaited(&self) {
        eventually("it runs", || async { self.youtube.waiting.load(Ordering::Relaxed) == 1 }).await;
    }

    async fn stored(&self) -> i64 {
        self.bench.store.state().await.expect("a state").count
    }
}

/// What a watcher saw.
#[derive(Default)]
struct Seen {
    steps: Mutex<Vec<String>>,
    lines: Mutex<Vec<String>>,
}

impl Seen {
    fn steps(&self) -> String {
        self.steps.lock().expect("nothing panics while it is held").join(" ")
    }

    fn says(&self, words: &str) -> bool {
        self.lines.lock().expect("nothing panics while it is held").iter().any(|line| line.contains(words))
    }
}

#[async_trait]
impl Progress for Seen {
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
async fn a_video_goes_its_way_step_by_step_and_is_kept_with_all_that_is_known() {
    let shop = Shop::new().await;
    let (done, seen) = shop.run(Shop::video()).await;
    let done = done.expect("done");
    assert_eq!(done.kept.saved().expect("in the database").outcome, SaveOutcome::Created);
    assert_eq!(
        seen.steps(),
        "video:running video:done channel:running channel:done captions:running captions:done \
         read:running read:done analyze:running analyze:done save:running save:done"
    );
    let stored = shop.bench.store.video(&id("sErm0n_Tst1")).await.expect("a store").expect("the video");
    assert_eq!(stored.document, done.document.to_json());
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
    let transcript = shop.bench.store.transcript(&id("sErm0n_Tst1")).await.expect("a store").expect("the words");
    assert_eq!(transcript.body, SRT.as_bytes());

    let bench = &shop.bench;
    assert_eq!(bench.exporter.export_now().await.expect("an export").videos, 1);
    let exported = std::fs::read_to_string(bench.data_dir.results_json()).expect("results.json");
    assert_eq!(exported, format!("{{\n\"sErm0n_Tst1\":{}\n}}\n", stored.document));
}

#[tokio::test(flavor = "multi_thread")]
async fn analysing_without_keeping_keeps_nothing() {
    let shop = Shop::new().await;
    let analyzed = shop.analyzer.analyze(Shop::video(), &Seen::default()).await.expect("analyzed");
    assert_eq!(analyzed.document.title, "The Bread of Life");
    assert_eq!(shop.stored().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_surely_no_church_is_refused_and_one_that_is_unknown_goes_on() {
    let shop = Shop::new().await;
    shop.youtube.change(|stand| stand.channel = Ok(Channel { is_church: Some(false), ..Channel::default() }));
    let (refused, seen) = shop.run(Shop::video()).await;
    let problem = Problem::from(&refused.expect_err("not a church"));
    assert_eq!((problem.status, problem.code.as_str(), problem.paste_helps), (422, "not_a_church", true));
    assert!(problem.detail.contains("paste its transcript"), "{}", problem.detail);
    assert!(seen.steps().ends_with("channel:failed"), "{}", seen.steps());
    assert_eq!(shop.stored().await, 0);

    for channel in [Ok(Channel::default()), Err(refusal(ErrorClass::Unparsable))] {
        let state = if channel.is_ok() { "channel:done" } else { "channel:skipped" };
        shop.youtube.change(|stand| stand.channel = channel);
        let (done, seen) = shop.run(Shop::video()).await;
        assert_eq!(done.expect("goes on").document.location, "");
        assert!(seen.steps().contains(state) && seen.says("going on"), "{}", seen.steps());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_youtube_becomes_its_problem() {
    use ErrorClass as E;
    let shop = Shop::new().await;
    let good = shop.youtube.now().video.expect("a video");
    for class in [
        E::Private,
        E::AgeRestricted,
        E::MembersOnly,
        E::GeoBlocked,
        E::Unplayable,
        E::NotFound,
        E::CaptionsDisabled,
        E::NoEnglishTrack,
        E::Upcoming,
        E::StillLive,
        E::Blocked,
        E::RateLimited,
        E::PoTokenRequired,
        E::ClientRejected,
        E::WrongVideo,
        E::Upstream,
        E::Unparsable,
        E::Timeout,
    ] {
        let refusals: [fn(&mut Stand, ErrorClass); 2] = [
            |stand, class| stand.captions = Captions::Refused(refusal(class)),
            |stand, class| stand.video = Err(refusal(class)),
        ];
        for refuse in refusals {
            shop.youtube.change(|stand| refuse(stand, class));
            let (refused, seen) = shop.run(Shop::video()).await;
            let problem = Problem::from(&refused.expect_err("refused"));
            assert_eq!((problem.status, problem.code.as_str()), (class.status(), class.code()));
            assert_eq!(problem.detail, format!("YouTube says {}", class.code()));
            assert_eq!(problem.languages, ["de"]);
            assert_eq!(problem.paste_helps, class.paste_helps());
            assert!(seen.steps().ends_with(":failed"));
        }
        shop.youtube.change(|stand| stand.video = Ok(good.clone()));
    }
    assert_eq!(shop.stored().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_that_was_sent_needs_no_youtube() {
    let shop = Shop::new().await;
    let (job, new) = shop.jobs.submit_transcript(paste("turn to John 3")).await.expect("taken");
    assert!(new);
    assert_eq!(job.video_id, VideoId::of_upload("turn to John 3"));
    let workers = shop.work(1);
    let ended = shop.ended(&job).await;
    workers.cancel();
    assert_eq!((ended.state, ended.error), (JobState::Done, None));
    assert_eq!(ended.result_url, Some(format!("/video/{}", job.video_id)));
    let steps: Vec<_> = ended.steps.iter().map(|step| (step.name.as_str(), step.state)).collect();
    let (skipped, done) = (StepState::Skipped, StepState::Done);
    assert_eq!(
        steps,
        [
            ("video", skipped),
            ("channel", skipped),
            ("captions", skipped),
            ("read", done),
            ("analyze", done),
            ("save", done)
        ]
    );
    assert_eq!(shop.youtube.asked.load(Ordering::Relaxed), 0);
    let stored = shop.bench.store.video(&job.video_id).await.expect("a store").expect("the sermon");
    let document: serde_json::Value = serde_json::from_str(&stored.document).expect("JSON");
    assert_eq!(document["title"], "Untitled sermon");
    assert_eq!(document["source"]["kind"], "paste");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_with_a_link_and_without_a_title_gets_it_from_youtube_if_youtube_gives_it() {
    let shop = Shop::new().await;
    let sent = Submission {
        video_id: Some(id("sErm0n_Tst1")),
        url: Some("https://youtu.be/sErm0n_Tst1".to_owned()),
        source: Some(SourceKind::Upload),
        channel: "Our own name".to_owned(),
        ..paste(SRT)
    };
    let (done, _) = shop.run(JobInput::Transcript(sent.clone())).await;
    let document = done.expect("done").document;
    assert_eq!((document.title.as_str(), document.channel.as_str()), ("The Bread of Life", "Our own name"));
    assert_eq!(document.source.expect("a source").kind, SourceKind::Upload);

    shop.youtube.change(|stand| stand.video = Err(refusal(ErrorClass::Blocked)));
    let (done, seen) = shop.run(JobInput::Transcript(sent.clone())).await;
    assert_eq!(done.expect("goes on").document.title, "Untitled sermon");
    assert!(seen.steps().starts_with("video:running video:skipped"), "{}", seen.steps());

    let asked = shop.youtube.asked.load(Ordering::Relaxed);
    let (done, _) = shop.run(JobInput::Transcript(Submission { title: " Mine ".to_owned(), ..sent })).await;
    assert_eq!(done.expect("done").document.title, "Mine");
    assert_eq!(shop.youtube.asked.load(Ordering::Relaxed), asked, "a title was given");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_transcript_is_refused_at_once_and_nothing_is_queued() {
    let shop = Shop::new().await;
    let refused = shop.jobs.submit_transcript(paste(" \n ")).await.expect_err("empty");
    assert!(matches!(refused, SubmitError::Transcript(TranscriptError::Empty)));
    let problem = Problem::from(&refused);
    assert_eq!((problem.status, problem.code.as_str()), (422, "transcript_empty"));
    assert!(shop.bench.store.recent_jobs(10).await.expect("jobs").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_queued_once_while_it_waits_and_again_when_it_has_ended() {
    let shop = Shop::new().await;
    let (first, new) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    assert!(new);
    let asked = (0..20).map(|_| shop.jobs.submit_youtube(id("sErm0n_Tst1")));
    for again in futures_util::future::join_all(asked).await {
        let (again, new) = again.expect("taken");
        assert_eq!((again.id, new), (first.id, false));
    }
    let (one, _) = shop.jobs.submit_transcript(paste("turn to John 3")).await.expect("taken");
    let (same, _) = shop.jobs.submit_transcript(paste("turn to John 3")).await.expect("taken");
    let titled = Submission { title: "A title".to_owned(), ..paste("turn to John 3") };
    let (other, _) = shop.jobs.submit_transcript(titled).await.expect("taken");
    assert_eq!(one.id, same.id);
    assert_ne!(one.id, other.id, "another title is not the same");

    let workers = shop.work(2);
    for job in [&first, &one, &other] {
        assert_eq!(shop.ended(job).await.state, JobState::Done);
    }
    let (next, new) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    assert!(new && next.id != first.id);
    assert_eq!(shop.ended(&next).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_the_job_from_waiting_to_its_end() {
    let shop = Shop::new().await;
    let (job, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    let mut follow = shop.jobs.follow(job.id);
    assert_eq!(follow.next().await.expect("a job").expect("the job").state, JobState::Queued);
    let workers = shop.work(1);
    let mut seen = Vec::new();
    while let Some(job) = follow.next().await.expect("a job") {
        seen.push(job);
    }
    workers.cancel();
    assert_eq!(seen.last().map(|job| job.state), Some(JobState::Done));
    assert!(seen.len() > 3 && seen.windows(2).all(|pair| pair[0].logs.len() <= pair[1].logs.len()));
    let mut late = shop.jobs.follow(job.id);
    assert_eq!(late.next().await.expect("a job").expect("the job").state, JobState::Done);
    assert_eq!(late.next().await.expect("a job"), None);
    assert_eq!(shop.jobs.follow(shop.bench.clock.new_id()).next().await.expect("no error"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_worker_vanished_is_taken_up_by_another() {
    let shop = Shop::new().await;
    let (job, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    let past = shop.bench.clock.now() - TimeDelta::minutes(1);
    let vanished = shop.bench.store.claim("vanished", past, past + TimeDelta::seconds(15)).await.expect("a claim");
    assert_eq!(vanished.expect("the job").job.id, job.id);
    let workers = shop.work(1);
    assert_eq!(shop.ended(&job).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_given_back_at_shutdown_and_the_next_start_takes_it_up_at_once() {
    let shop = Shop::new().await;
    shop.captions_wait();
    let (job, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    let workers = shop.work(2);
    let state = || async { shop.jobs.job(job.id).await.expect("a job").expect("the job").state };
    shop.captions_are_awaited().await;
    workers.cancel();
    shop.bench.tracker.close();
    timeout(Duration::from_secs(10), shop.bench.tracker.wait()).await.expect("the workers end");
    assert_eq!(state().await, JobState::Queued);

    let next = Shop::on(shop.bench.started_again().await);
    let workers = next.work(1);
    let ended = timeout(Duration::from_secs(5), next.ended(&job)).await.expect("no lease has to run out");
    workers.cancel();
    assert_eq!(ended.state, JobState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_shutdown_a_job_that_is_nearly_done_comes_to_its_end_and_no_other_is_begun() {
    let shop = Shop::new().await;
    let told = shop.captions_wait();
    let (job, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    let (other, _) = shop.jobs.submit_youtube(id("sErm0n_Tst2")).await.expect("taken");
    let workers = shop.work(1);
    shop.captions_are_awaited().await;
    workers.cancel();
    tokio::time::sleep(Duration::from_millis(200)).await;
    told.notify_one();
    shop.bench.tracker.close();
    timeout(Duration::from_secs(10), shop.bench.tracker.wait()).await.expect("the workers end");
    assert_eq!(shop.ended(&job).await.state, JobState::Done);
    assert_eq!(shop.jobs.job(other.id).await.expect("a job").expect("the job").state, JobState::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_gives_up_its_run_and_the_other_ones_word_counts() {
    let shop = Shop::new().await;
    shop.captions_wait();
    let (job, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    let workers = shop.work(1);
    shop.captions_are_awaited().await;
    let later = shop.bench.clock.now() + TimeDelta::hours(1);
    let claimed = shop.bench.store.claim("other", later, later + TimeDelta::hours(1)).await.expect("a claim");
    assert_eq!(claimed.expect("the job").job.id, job.id);

    // The worker notices within five seconds, and is free for the next job.
    shop.youtube.change(|stand| stand.captions = Captions::Are(SRT.into()));
    let (next, _) = shop.jobs.submit_youtube(id("sErm0n_Tst2")).await.expect("taken");
    assert_eq!(shop.ended(&next).await.state, JobState::Done);
    workers.cancel();
    assert_eq!(shop.jobs.job(job.id).await.expect("a job").expect("the job").state, JobState::Running);
    assert_eq!(shop.stored().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_job_and_the_worker_goes_on() {
    let shop = Shop::new().await;
    shop.youtube.change(|stand| stand.captions = Captions::Panic);
    let (job, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    let workers = shop.work(1);
    let ended = shop.ended(&job).await;
    let problem = ended.error.expect("a problem");
    assert_eq!((ended.state, problem.status, problem.code.as_str()), (JobState::Failed, 500, "internal"));
    assert!(!problem.detail.contains("a bug of ours"), "internals stay inside");

    shop.youtube.change(|stand| stand.captions = Captions::Are(SRT.into()));
    let (next, _) = shop.jobs.submit_youtube(id("sErm0n_Tst1")).await.expect("taken");
    assert_eq!(shop.ended(&next).await.state, JobState::Done);
    workers.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_anew_keeps_the_particulars_and_the_words() {
    let shop = Shop::new().await;
    let (done, _) = shop.run(Shop::video()).await;
    let before = done.expect("done").document;
    let after = shop.pipeline.reanalyze(&before.video_id).await.expect("counted");
    assert_eq!(after.kept.saved().expect("in the database").outcome, SaveOutcome::Updated);
    assert_eq!(after.document.title, before.title);
    assert_eq!(after.document.location, before.location);
    assert_eq!(after.document.source, before.source);
    assert_eq!(after.document.stats, before.stats);
    assert!(after.document.processed_at > before.processed_at);
    let transcript = shop.bench.store.transcript(&before.video_id).await.expect("a store").expect("the words");
    assert_eq!(transcript.body, SRT.as_bytes());

    let absent = shop.pipeline.reanalyze(&id("absent")).await.expect_err("no such sermon");
    assert_eq!(Problem::from(&absent).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_database_is_away_the_result_waits_in_the_spool_and_without_one_it_comes_back_to_the_caller() {
    let shop = Shop::new().await;
    let analyzed = shop.analyzer.analyze(Shop::video(), &Seen::default()).await.expect("analyzed");
    shop.bench.store.close().await;
    let done = shop.pipeline.keep(analyzed.clone(), &Seen::default()).await.expect("kept");
    let SavedTo::Spool { name } = done.kept.stored else { panic!("in the spool") };
    let backups = shop.bench.data_dir.backups();
    assert!(backups.join(name).is_file());
    assert_eq!(shop.bench.saver.spool().status().files, 1);

    std::fs::remove_dir_all(&backups).expect("removed");
    std::fs::write(&backups, "no directory").expect("a file in its place");
    let refused = shop.pipeline.keep(analyzed.clone(), &Seen::default()).await.expect_err("kept nowhere");
    let problem = Problem::from(&refused);
    assert_eq!((problem.status, problem.code.as_str()), (507, "insufficient_storage"));
    let document = serde_json::to_value(&analyzed.document).expect("JSON");
    assert_eq!(problem.document, Some(document), "the caller has the whole result");
    let PipelineError::Keep(SaveError::Nowhere { save, .. }) = refused else { panic!("{refused}") };
    assert_eq!(save.document, analyzed.document);
}
