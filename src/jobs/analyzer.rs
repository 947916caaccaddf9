//! Fetches and analyzes a sermon without saving it.

use std::{io, sync::Arc, time::Duration};

use chrono::SecondsFormat;
use serde_json::Value;

use super::{
    JobProgress, PipelineError,
    fetch::{self, FetchedSermon},
    log::Log,
};
use scripture_detector::{
    Analysis, Class,
    transcript::{self, Transcript, Warning, WarningCode},
};

use crate::{
    blocking::blocking,
    clock::Clock,
    domain::{Document, JobInput, StepName, clean_line},
    store::StoredCaptions,
    youtube::YouTube,
};

/// Fetches and analyzes sermons. Uses neither the database nor the data directory.
#[derive(Debug)]
pub struct Analyzer {
    youtube: Arc<dyn YouTube>,
    clock: Arc<dyn Clock>,
}

/// An analyzed sermon that has not been saved yet.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzedSermon {
    /// The document to save.
    pub document: Document,
    /// Whether the title is real rather than a placeholder.
    pub has_title: bool,
    /// The captions that were analyzed, unchanged.
    pub transcript: StoredCaptions,
}

impl Analyzer {
    /// Creates an analyzer that fetches from `youtube`.
    pub fn new(youtube: Arc<dyn YouTube>, clock: Arc<dyn Clock>) -> Self {
        Self { youtube, clock }
    }

    /// Analyzes a sermon without saving it.
    #[tracing::instrument(skip_all)]
    pub async fn analyze(&self, input: JobInput, progress: &dyn JobProgress) -> Result<AnalyzedSermon, PipelineError> {
        let log = Log::new(progress);
        let fetched = match input {
            JobInput::Youtube { video_id } => fetch::from_youtube(&*self.youtube, video_id, &log).await?,
            JobInput::Transcript(submission) => fetch::from_submission(&*self.youtube, submission, &log).await?,
        };
        let (transcript, analysis) = analyze_captions(fetched.body.clone(), &log).await?;
        Ok(self.assemble(fetched, &transcript, analysis, log.into_lines()))
    }

    /// Builds the document.
    fn assemble(
        &self,
        fetched: FetchedSermon,
        transcript: &Transcript,
        analysis: Analysis,
        logs: Vec<Value>,
    ) -> AnalyzedSermon {
        let mut source = fetched.source;
        transcript.format.name().clone_into(&mut source.format);
        let language = fetched.language.or_else(|| transcript.language.clone());
        let captions = StoredCaptions { body: fetched.body, format: source.format.clone(), language: language.clone() };
        let document = Document {
            title: clean_line(&fetched.title),
            channel: clean_line(&fetched.channel),
            channel_url: clean_line(&fetched.channel_url),
            location: clean_line(&fetched.location),
            processed_at: self.now(),
            logs,
            source: Some(source),
            language,
            published_at: fetched.published_at,
            speaker: fetched.speaker.map(|speaker| clean_line(&speaker)),
            speaker_suggested: fetched.speaker_suggested,
            series: fetched.series.map(|series| clean_line(&series)),
            duration_seconds: fetched.duration_seconds.or_else(|| duration_seconds(transcript)),
            ..Document::empty(fetched.video_id)
        };
        AnalyzedSermon {
            document: document.with_analysis(analysis).without_impossible_times(),
            has_title: fetched.has_title,
            transcript: captions,
        }
    }

    /// Returns the current time in the format of `processed_at`.
    pub(super) fn now(&self) -> String {
        self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// Parses and analyzes captions on a blocking thread, because this can take a while for a long sermon.
pub(super) async fn analyze_captions(body: Vec<u8>, log: &Log<'_>) -> Result<(Transcript, Analysis), PipelineError> {
    let read = async { Ok(compute(move || transcript::read(&body)).await??) };
    let transcript = log.run_step(StepName::Read, read).await?;
    let (count, format) = (transcript.cues.len(), transcript.format.name());
    log.add(format!("Read {count} {} as {format}.", if count == 1 { "caption" } else { "captions" })).await;
    let analyze = async {
        let work = move || scripture_detector::analyze(&transcript).map(|analysis| (transcript, analysis));
        Ok(compute(work).await??)
    };
    let (transcript, analysis) = log.run_step(StepName::Analyze, analyze).await?;
    let count = |class| analysis.mentions.iter().filter(|mention| mention.class == class).count();
    let (confirmed, suspect) = (count(Class::Confirmed), count(Class::Suspect));
    let is_english = |warning: &Warning| warning.code != WarningCode::NotEnglish;
    if analysis.warnings.iter().all(is_english) {
        log.add(format!("Found {confirmed} confirmed and {suspect} suspect references.")).await;
    }
    for warning in &analysis.warnings {
        let kind = if is_english(warning) { "Note" } else { "Not measured" };
        log.add(format!("{kind}: {}.", warning.detail)).await;
    }
    Ok((transcript, analysis))
}

/// Runs a computation on a blocking thread.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PipelineError> {
    let computed = blocking(move || io::Result::Ok(work())).await;
    computed.map_err(|error| PipelineError::Internal(error.to_string()))
}

/// Returns the end of the last caption in seconds, if the captions have times.
fn duration_seconds(transcript: &Transcript) -> Option<f64> {
    transcript.end_ms().map(|end| Duration::from_millis(end).as_secs_f64())
}
