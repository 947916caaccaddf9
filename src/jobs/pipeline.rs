//! The way of a video, from top to bottom: what YouTube says, its captions, the words, the count, the kept result.

use std::sync::Arc;

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::{
    Progress, StepName,
    fetch::{self, Fetched},
    log::Log,
    progress::Unseen,
};
use crate::{
    analysis::{self, Analysis},
    clock::Clock,
    domain::{Document, JobInput, VideoId},
    safety::{KeepError, Keeper, Kept},
    store::{RawTranscript, SaveOutcome, SavePolicy, SaveVideo, Store, StoreError},
    transcript::{self, Transcript, TranscriptError},
    youtube::{YouTube, YouTubeError},
};

/// Does one piece of work.
#[derive(Debug)]
pub struct Pipeline {
    youtube: Arc<dyn YouTube>,
    store: Arc<dyn Store>,
    keeper: Arc<Keeper>,
    clock: Arc<dyn Clock>,
    actor: &'static str,
}

/// A counted video that is not kept yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysed {
    /// What is to be kept.
    pub document: Document,
    /// The words that it was counted from, as they came.
    pub transcript: RawTranscript,
}

/// A counted video that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What is kept.
    pub document: Document,
    /// How.
    pub kept: Kept,
}

/// Why a video was not analysed or not kept.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// YouTube refused.
    #[error(transparent)]
    YouTube(#[from] YouTubeError),
    /// The channel is surely none of a church.
    #[error("the channel {channel:?} does not seem to be a church; if this is a sermon, paste its transcript instead")]
    NotAChurch {
        /// Its name.
        channel: String,
    },
    /// The captions cannot be read.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// The result was not kept.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The database, while something was looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such video is stored.
    #[error("there is no sermon {0}")]
    NoSuchVideo(VideoId),
    /// The video's words are not kept, so they cannot be counted anew.
    #[error("the transcript of {0} is not kept, so it cannot be counted anew; submit the sermon again")]
    NoTranscript(VideoId),
    /// The work broke down.
    #[error("the analysis broke down: {0}")]
    Broken(String),
}

impl Pipeline {
    /// A pipeline whose saves are recorded in the history as those of `actor` (`worker`, `cli`).
    pub fn new(
        youtube: Arc<dyn YouTube>,
        store: Arc<dyn Store>,
        keeper: Arc<Keeper>,
        clock: Arc<dyn Clock>,
        actor: &'static str,
    ) -> Self {
        Self { youtube, store, keeper, clock, actor }
    }

    /// Analyses and keeps.
    pub async fn run(&self, input: JobInput, progress: &dyn Progress) -> Result<Done, PipelineError> {
        let analysed = self.analyse(input, progress).await?;
        self.keep(analysed, progress).await
    }

    /// Analyses and keeps nothing.
    pub async fn analyse(&self, input: JobInput, progress: &dyn Progress) -> Result<Analysed, PipelineError> {
        let log = Log::new(progress);
        let fetched = match input {
            JobInput::Youtube { video_id } => fetch::from_youtube(&*self.youtube, video_id, &log).await?,
            JobInput::Transcript(submission) => fetch::from_submission(&*self.youtube, submission, &log).await?,
        };
        let (transcript, analysis) = count(fetched.body.clone(), &log).await?;
        Ok(self.assemble(fetched, &transcript, analysis, log.into_lines()))
    }

    /// Keeps what was analysed.
    pub async fn keep(&self, analysed: Analysed, progress: &dyn Progress) -> Result<Done, PipelineError> {
        let log = Log::new(progress);
        let Analysed { document, transcript } = analysed;
        let save = SaveVideo {
            save_id: self.clock.new_id(),
            document: document.clone(),
            transcript: Some(transcript),
            policy: SavePolicy::Replace,
            actor: self.actor,
            at: self.clock.now(),
        };
        let kept = log.step(StepName::Save, async { Ok(self.keeper.keep(save).await?) }).await?;
        if let Some(backup) = &kept.safety_backup {
            log.say(format!("The state before it is in {backup}.")).await;
        }
        log.say(match kept.saved.outcome {
            SaveOutcome::Created => format!("Saved, and read back equal: sermon {}.", kept.saved.state.count),
            SaveOutcome::Updated => "Updated, and read back equal; the old version is in the history.".to_owned(),
            SaveOutcome::Unchanged => "Nothing has changed since it was saved last.".to_owned(),
            SaveOutcome::KeptNewer => "A newer version is there and stays; this one is in the history.".to_owned(),
        })
        .await;
        Ok(Done { document, kept })
    }

    /// Counts a stored video anew from its kept transcript, and keeps the result with the old particulars.
    pub async fn recount(&self, id: &VideoId) -> Result<Done, PipelineError> {
        let stored = self.store.video(id).await?.ok_or_else(|| PipelineError::NoSuchVideo(id.clone()))?;
        let transcript = self.store.transcript(id).await?.ok_or_else(|| PipelineError::NoTranscript(id.clone()))?;
        let old = serde_json::from_str(&stored.document).map_err(|error| damaged(id, &error))?;
        let old = Document::from_legacy(id.as_str(), old).map_err(|error| damaged(id, &error))?;
        let log = Log::new(&Unseen);
        let (_, counted) = count(transcript.body.clone(), &log).await?;
        let document = Document {
            processed_at: self.now(),
            logs: old.logs.iter().cloned().chain(log.into_lines()).collect(),
            transcript_length: counted.transcript_length,
            stats: counted.stats,
            counts: counted.counts,
            suspect_counts: counted.suspect_counts,
            positions: counted.positions,
            references: Some(counted.references),
            engine: Some(counted.engine),
            ..old
        };
        self.keep(Analysed { document, transcript }, &Unseen).await
    }

    /// Makes the document.
    fn assemble(&self, fetched: Fetched, transcript: &Transcript, counted: Analysis, logs: Vec<Value>) -> Analysed {
        let mut source = fetched.source;
        transcript.format.name().clone_into(&mut source.format);
        let language = fetched.language.or_else(|| transcript.language.clone());
        let raw = RawTranscript { body: fetched.body, format: source.format.clone(), language: language.clone() };
        let document = Document {
            video_id: fetched.video_id,
            title: fetched.title,
            channel: fetched.channel,
            channel_url: fetched.channel_url,
            location: fetched.location,
            processed_at: self.now(),
            transcript_length: counted.transcript_length,
            stats: counted.stats,
            counts: counted.counts,
            suspect_counts: counted.suspect_counts,
            positions: counted.positions,
            references: Some(counted.references),
            engine: Some(counted.engine),
            logs,
            source: Some(source),
            language,
            published_at: fetched.published_at,
            duration_seconds: fetched.duration_seconds,
            extra: Map::new(),
        };
        Analysed { document, transcript: raw }
    }

    /// The time now, as documents carry it.
    fn now(&self) -> String {
        self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// Reads the words and counts them, away from the tasks: a long sermon takes a while.
async fn count(body: Vec<u8>, log: &Log<'_>) -> Result<(Transcript, Analysis), PipelineError> {
    let read = async { Ok(compute(move || transcript::read(&body)).await??) };
    let read = log.step(StepName::Read, read).await?;
    log.say(format!("Read {} captions as {}.", read.cues.len(), read.format.name())).await;
    let (read, counted) = log
        .step(
            StepName::Analyse,
            compute(move || {
                let counted = analysis::analyse(&read);
                (read, counted)
            }),
        )
        .await?;
    log.say(format!(
        "Counted {} references, and {} that are uncertain.",
        counted.stats.scripture_references, counted.stats.suspect_references
    ))
    .await;
    Ok((read, counted))
}

/// Runs a computation on a thread of its own.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PipelineError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| PipelineError::Broken(error.to_string()))
}

fn damaged(id: &VideoId, error: &dyn std::fmt::Display) -> PipelineError {
    StoreError::Corrupt(format!("the document of {id}: {error}")).into()
}
