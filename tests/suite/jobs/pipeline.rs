//! Analyzing and saving one sermon.

use std::sync::atomic::Ordering;

use mannameter::{
    domain::{JobError, JobInput, SourceKind, Submission, Submitter},
    jobs::PipelineError,
    safety::{SaveError, SavedTo},
    store::SaveOutcome,
    youtube::{Channel, ErrorClass},
};

use super::{CaptionsReply, RecordedProgress, Replies, SRT, Setup, paste, refusal};
use crate::support::saving::id;

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
    assert!(error.detail.contains("paste the transcript"), "{}", error.detail);
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
    let other = Submission { video_id: Some(id("sErm0n_Tst2")), ..submission.clone() };
    let (outcome, progress) = setup.run(JobInput::Transcript(other)).await;
    assert_eq!(outcome.expect("an analysis").document.title, "Untitled sermon");
    assert!(progress.steps().starts_with("video:running video:skipped"), "{}", progress.steps());

    let requests = setup.youtube.video_requests.load(Ordering::Relaxed);
    let (outcome, _) = setup.run(JobInput::Transcript(Submission { title: " Mine ".to_owned(), ..submission })).await;
    assert_eq!(outcome.expect("an analysis").document.title, "Mine");
    assert_eq!(setup.youtube.video_requests.load(Ordering::Relaxed), requests, "the submission has a title");
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
    let outcome =
        setup.pipeline.save(analyzed.clone(), Submitter::LOCAL, &RecordedProgress::default()).await.expect("spooled");
    let SavedTo::Spool { name } = outcome.report.saved_to else { panic!("in the spool") };
    let backups = setup.bench.data_dir.backups();
    assert!(backups.join(name).is_file());
    assert_eq!(setup.bench.saver.spool().status().files, 1);

    std::fs::remove_dir_all(&backups).expect("removed");
    std::fs::write(&backups, "not a directory").expect("a file in its place");
    let error = setup
        .pipeline
        .save(analyzed.clone(), Submitter::LOCAL, &RecordedProgress::default())
        .await
        .expect_err("not saved anywhere");
    let job_error = JobError::from(&error);
    assert_eq!(job_error.code, "insufficient_storage");
    let document = serde_json::to_value(&analyzed.document).expect("JSON");
    assert_eq!(job_error.document, Some(document), "the error has the whole result");
    let PipelineError::Save(SaveError::NotSaved { save, .. }) = error else { panic!("{error}") };
    assert_eq!(save.document, analyzed.document);
}
