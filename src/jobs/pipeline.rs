//! The way of a video: analyzed by the [`Analyzer`], kept by the [`Saver`].

use std::sync::Arc;

use super::{Analyzer, Analyzed, Progress, StepName, analyzer, log::Log, progress::Unseen};
use scripture_detector::{TooManyMentions, transcript::TranscriptError};

use crate::{
    clock::Clock,
    domain::{Document, JobInput, StepState, VideoId},
    safety::{SaveError, Saver, SaveReport, SavedTo},
    store::{SaveOutcome, SavePolicy, SaveVideo, Store, StoreError},
    youtube::YouTubeError,
};

/// Does one piece of work.
#[derive(Debug)]
pub struct Pipeline {
    analyzer: Arc<Analyzer>,
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    clock: Arc<dyn Clock>,
    actor: &'static str,
}

/// A counted video that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What is kept.
    pub document: Document,
    /// How.
    pub kept: SaveReport,
}

/// Why a video was not analyzed or not kept.
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
    /// The words are more than one sermon.
    #[error(transparent)]
    TooManyMentions(#[from] TooManyMentions),
    /// The result was not kept.
    #[error(transparent)]
    Keep(#[from] SaveError),
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
        analyzer: Arc<Analyzer>,
        store: Arc<dyn Store>,
        saver: Arc<Saver>,
        clock: Arc<dyn Clock>,
        actor: &'static str,
    ) -> Self {
        Self { analyzer, store, saver, clock, actor }
    }

    /// Analyzes and keeps.
    pub async fn run(&self, input: JobInput, progress: &dyn Progress) -> Result<Done, PipelineError> {
        let analyzed = self.analyzer.analyze(input, progress).await?;
        self.keep(analyzed, progress).await
    }

    /// Keeps what was analyzed.
    pub async fn keep(&self, analyzed: Analyzed, progress: &dyn Progress) -> Result<Done, PipelineError> {
        let log = Log::new(progress);
        let Analyzed { document, transcript } = analyzed;
        let save = SaveVideo {
            save_id: self.clock.new_id(),
            document: document.clone(),
            transcript: Some(transcript),
            policy: SavePolicy::Replace,
            actor: self.actor,
            at: self.clock.now(),
        };
        log.mark(StepName::Save, StepState::Running).await;
        let kept = self.saver.keep(save).await;
        for (step, state) in ended(&kept) {
            log.mark(step, state).await;
        }
        let kept = kept?;
        if let Some(backup) = &kept.safety_backup {
            log.say(format!("The state before it is in {backup}.")).await;
        }
        log.say(said(&kept.stored)).await;
        Ok(Done { document, kept })
    }

    /// Counts a stored video anew from its kept transcript, and keeps the result with the old particulars.
    pub async fn reanalyze(&self, id: &VideoId) -> Result<Done, PipelineError> {
        let stored = self.store.video(id).await?.ok_or_else(|| PipelineError::NoSuchVideo(id.clone()))?;
        let transcript = self.store.transcript(id).await?.ok_or_else(|| PipelineError::NoTranscript(id.clone()))?;
        let old = serde_json::from_str(&stored.document).map_err(|error| damaged(id, &error))?;
        let old = Document::from_legacy(id.as_str(), old).map_err(|error| damaged(id, &error))?;
        let log = Log::new(&Unseen);
        let (_, counted) = analyzer::count(transcript.body.clone(), &log).await?;
        let logs = old.logs.iter().cloned().chain(log.into_lines()).collect();
        let document = Document { processed_at: self.analyzer.now(), logs, ..old }.with_analysis(counted);
        self.keep(Analyzed { document, transcript }, &Unseen).await
    }
}

/// The steps that saving a result came to.
fn ended(kept: &Result<SaveReport, SaveError>) -> Vec<(StepName, StepState)> {
    match kept {
        Ok(SaveReport { stored: SavedTo::Database(_), .. }) => vec![(StepName::Save, StepState::Done)],
        Ok(SaveReport { stored: SavedTo::Spool { .. }, .. }) => {
            vec![(StepName::Save, StepState::Skipped), (StepName::Spool, StepState::Done)]
        }
        Err(_) => vec![(StepName::Save, StepState::Failed)],
    }
}

/// Where a result is kept, in words.
fn said(stored: &SavedTo) -> String {
    let saved = match stored {
        SavedTo::Database(saved) => saved,
        SavedTo::Spool { name } => {
            return format!(
                "The database is away: the result waits in backups/{name}, and is put back by itself when it is there."
            );
        }
    };
    match saved.outcome {
        SaveOutcome::Created => format!("Saved, and read back equal: sermon {}.", saved.state.count),
        SaveOutcome::Updated => "Updated, and read back equal; the old version is in the history.".to_owned(),
        SaveOutcome::Unchanged => "Nothing has changed since it was saved last.".to_owned(),
        SaveOutcome::KeptNewer => "A newer version is there and stays; this one is in the history.".to_owned(),
    }
}

fn damaged(id: &VideoId, error: &dyn std::fmt::Display) -> PipelineError {
    StoreError::Corrupt(format!("the document of {id}: {error}")).into()
}
