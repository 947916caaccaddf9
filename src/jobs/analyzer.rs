//! From a link or a transcript to a document, with nothing kept.

use std::{sync::Arc, time::Duration};

use chrono::SecondsFormat;
use serde_json::Value;

use super::{
    PipelineError, Progress, StepName,
    fetch::{self, Fetched},
    log::Log,
};
use scripture_detector::{
    Analysis, Class,
    transcript::{self, Transcript},
};

use crate::{
    clock::Clock,
    domain::{Document, JobInput},
    store::StoredCaptions,
    youtube::YouTube,
};

/// Fetches and counts; knows neither the database nor our files.
#[derive(Debug)]
pub struct Analyzer {
    youtube: Arc<dyn YouTube>,
    clock: Arc<dyn Clock>,
}

/// A counted video that is not kept yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Analyzed {
    /// What is to be kept.
    pub document: Document,
    /// The words that it was counted from, as they came.
    pub transcript: StoredCaptions,
}

impl Analyzer {
    /// An analyzer who asks this YouTube.
    pub fn new(youtube: Arc<dyn YouTube>, clock: Arc<dyn Clock>) -> Self {
        Self { youtube, clock }
    }

    /// Analyzes and keeps nothing.
    pub async fn analyze(&self, input: JobInput, progress: &dyn Progress) -> Result<Analyzed, PipelineError> {
        let log = Log::new(progress);
        let fetched = match input {
            JobInput::Youtube { video_id } => fetch::from_youtube(&*self.youtube, video_id, &log).await?,
            JobInput::Transcript(submission) => fetch::from_submission(&*self.youtube, submission, &log).await?,
        };
        let (transcript, analysis) = count(fetched.body.clone(), &log).await?;
        Ok(self.assemble(fetched, &transcript, analysis, log.into_lines()))
    }

    /// Makes the document.
    fn assemble(&self, fetched: Fetched, transcript: &Transcript, counted: Analysis, logs: Vec<Value>) -> Analyzed {
        let mut source = fetched.source;
        transcript.format.name().clone_into(&mut source.format);
        let language = fetched.language.or_else(|| transcript.language.clone());
        let raw = StoredCaptions { body: fetched.body, format: source.format.clone(), language: language.clone() };
        let document = Document {
            title: fetched.title,
            channel: fetched.channel,
            channel_url: fetched.channel_url,
            location: fetched.location,
            processed_at: self.now(),
            logs,
            source: Some(source),
            language,
            published_at: fetched.published_at,
            duration_seconds: fetched.duration_seconds.or_else(|| seconds(transcript)),
            ..Document::empty(fetched.video_id)
        };
        Analyzed { document: document.with_analysis(counted), transcript: raw }
    }

    /// The time now, as documents carry it.
    pub(super) fn now(&self) -> String {
        self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// Reads the words and counts them, away from the tasks: a long sermon takes a while.
pub(super) async fn count(body: Vec<u8>, log: &Log<'_>) -> Result<(Transcript, Analysis), PipelineError> {
    let read = async { Ok(compute(move || transcript::read(&body)).await??) };
    let read = log.step(StepName::Read, read).await?;
    log.say(format!("Read {} captions as {}.", read.cues.len(), read.format.name())).await;
    let analyze =
        async { Ok(compute(move || scripture_detector::analyze(&read).map(|counted| (read, counted))).await??) };
    let (read, counted) = log.step(StepName::Analyze, analyze).await?;
    let count = |class| counted.mentions.iter().filter(|mention| mention.class == class).count();
    let (confirmed, suspect) = (count(Class::Confirmed), count(Class::Suspect));
    log.say(format!("Counted {confirmed} references, and {suspect} that are uncertain.")).await;
    Ok((read, counted))
}

/// Runs a computation on a thread of its own.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PipelineError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| PipelineError::Broken(error.to_string()))
}

/// How long the sermon is, as far as its captions say.
fn seconds(transcript: &Transcript) -> Option<f64> {
    transcript.end_ms().map(|end| Duration::from_millis(end).as_secs_f64())
}
