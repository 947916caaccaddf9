//! Analyzes a sermon with the [`Analyzer`] and saves it with the [`Saver`].

use std::sync::Arc;

use super::{
    AnalyzedSermon, Analyzer, JobProgress, analyzer, existing::stored_document, log::Log, progress::NoProgress,
};
use scripture_detector::{TooManyMentions, transcript::TranscriptError};

use crate::{
    clock::Clock,
    domain::{CorrectedText, Document, Engine, JobInput, StepName, StepState, SubmissionTerms, Submitter, VideoId},
    safety::{SaveError, SaveReport, SavedTo, Saver},
    store::{SaveOutcome, SavePolicy, SaveRequest, Store, StoreError, StoredCaptions},
    youtube::YouTubeError,
};

/// Analyzes and saves sermons on behalf of one actor.
#[derive(Debug)]
pub struct Pipeline {
    analyzer: Arc<Analyzer>,
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    clock: Arc<dyn Clock>,
    actor: &'static str,
}

/// An analyzed and saved sermon.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineOutcome {
    /// The saved document.
    pub document: Document,
    /// Where and how the document was saved.
    pub report: SaveReport,
}

/// Why a sermon was not analyzed or not saved.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// YouTube did not provide the video or its captions.
    #[error(transparent)]
    YouTube(#[from] YouTubeError),
    /// The channel is clearly not a church.
    #[error("the channel {channel:?} does not seem to be a church; if this is a sermon, paste the transcript instead")]
    NotAChurch {
        /// Name of the channel.
        channel: String,
    },
    /// The captions cannot be parsed.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// The transcript is too long for one sermon.
    #[error(transparent)]
    TooManyMentions(#[from] TooManyMentions),
    /// The result was not saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// A database query failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such sermon is stored.
    #[error("there is no sermon {0}")]
    NoSuchSermon(VideoId),
    /// No transcript is stored for the sermon.
    #[error("no transcript is stored for {0}, so it cannot be reanalyzed; submit the sermon again")]
    NoTranscript(VideoId),
    /// A bug: the work panicked, or an invariant was violated.
    #[error("the analysis failed unexpectedly: {0}")]
    Internal(String),
}

impl Pipeline {
    /// Creates a pipeline whose saves are recorded in the history under `actor` (`worker`, `cli`).
    pub fn new(
        analyzer: Arc<Analyzer>,
        store: Arc<dyn Store>,
        saver: Arc<Saver>,
        clock: Arc<dyn Clock>,
        actor: &'static str,
    ) -> Self {
        Self { analyzer, store, saver, clock, actor }
    }

    /// Analyzes and saves a sermon. If the sermon is already stored, changes only what the submitter may change.
    #[tracing::instrument(name = "pipeline", skip_all)]
    pub async fn run(
        &self,
        input: JobInput,
        submitter: Submitter,
        progress: &dyn JobProgress,
    ) -> Result<PipelineOutcome, PipelineError> {
        let analyzed = self.analyzer.analyze(self.with_stored_details(input).await, progress).await?;
        self.save(analyzed, submitter, progress).await
    }

    /// Fills the empty details of a submission from the stored version, which takes precedence over YouTube.
    async fn with_stored_details(&self, mut input: JobInput) -> JobInput {
        if let JobInput::Transcript(submission) = &mut input
            && let Some(id) = &submission.video_id
            && let Some(stored) = stored_document(&*self.store, id).await
        {
            submission.fill_from(stored);
        }
        input
    }

    /// Saves an analyzed sermon on behalf of this submitter.
    pub async fn save(
        &self,
        analyzed: AnalyzedSermon,
        submitter: Submitter,
        progress: &dyn JobProgress,
    ) -> Result<PipelineOutcome, PipelineError> {
        let terms = SubmissionTerms { submitter, has_title: analyzed.has_title, is_replay: false };
        self.save_as(analyzed, SavePolicy::Submission(terms), progress).await
    }

    async fn save_as(
        &self,
        analyzed: AnalyzedSermon,
        policy: SavePolicy,
        progress: &dyn JobProgress,
    ) -> Result<PipelineOutcome, PipelineError> {
        self.save_document(analyzed.document, Some(analyzed.transcript), policy, progress).await
    }

    async fn save_document(
        &self,
        document: Document,
        transcript: Option<StoredCaptions>,
        policy: SavePolicy,
        progress: &dyn JobProgress,
    ) -> Result<PipelineOutcome, PipelineError> {
        let log = Log::new(progress);
        let request = SaveRequest {
            save_id: self.clock.new_id(),
            document: document.clone(),
            transcript,
            policy,
            actor: self.actor.into(),
            at: self.clock.now(),
        };
        log.set_step(StepName::Save, StepState::Running).await;
        let result = self.saver.save(request).await;
        for (step, state) in final_steps(&result) {
            log.set_step(step, state).await;
        }
        let report = result?;
        if let Some(backup) = &report.safety_backup {
            log.add(format!("The previous state is backed up in {backup}.")).await;
        }
        log.add(describe(&report.saved_to)).await;
        Ok(PipelineOutcome { document, report })
    }

    /// Reanalyzes a sermon from its stored transcript and saves the result. The metadata does not change.
    ///
    /// Sermons of the previous system have no transcript. Their references are taken from the contexts of their
    /// mentions, unless that has already been done.
    #[tracing::instrument(skip_all, fields(video = %id))]
    pub async fn reanalyze(&self, id: &VideoId) -> Result<PipelineOutcome, PipelineError> {
        let old = self.stored_document(id).await?;
        let Some(transcript) = self.store.transcript(id).await? else {
            if !old.has_unread_contexts() {
                return Err(PipelineError::NoTranscript(id.clone()));
            }
            return self
                .save_document(old.with_references_from_contexts(), None, SavePolicy::Replace, &NoProgress)
                .await;
        };
        let log = Log::new(&NoProgress);
        let (captions, analysis) = analyzer::analyze_captions(transcript.body.clone(), &log).await?;
        let logs = old.logs.iter().cloned().chain(log.into_lines()).collect();
        let mut document = Document { processed_at: self.analyzer.now(), logs, ..old }.with_analysis(analysis);
        document.apply_corrections(CorrectedText::Known(&captions.joined()));
        let analyzed = AnalyzedSermon { document, has_title: true, transcript };
        self.save_as(analyzed, SavePolicy::Replace, &NoProgress).await
    }

    /// Returns the sermons that [`Pipeline::reanalyze`] would bring up to date: those with a stored transcript that
    /// another version of the detector analyzed, and those of the previous system whose contexts have not been read
    /// yet.
    pub async fn outdated(&self) -> Result<Vec<VideoId>, PipelineError> {
        let Engine { name, version } = Engine::current();
        let mut outdated = self.store.analyzed_by_other_engines(&name, &version).await?;
        for id in self.store.without_engine_and_transcript().await? {
            if self.stored_document(&id).await?.has_unread_contexts() {
                outdated.push(id);
            }
        }
        outdated.sort_unstable();
        Ok(outdated)
    }

    async fn stored_document(&self, id: &VideoId) -> Result<Document, PipelineError> {
        let stored = self.store.video(id).await?.ok_or_else(|| PipelineError::NoSuchSermon(id.clone()))?;
        let value = serde_json::from_str(&stored.document).map_err(|error| corrupt(id, &error))?;
        Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(id, &error))
    }
}

/// Returns the final states of the save steps.
fn final_steps(result: &Result<SaveReport, SaveError>) -> Vec<(StepName, StepState)> {
    match result {
        Ok(SaveReport { saved_to: SavedTo::Database(_), .. }) => vec![(StepName::Save, StepState::Done)],
        Ok(SaveReport { saved_to: SavedTo::Spool { .. }, .. }) => {
            vec![(StepName::Save, StepState::Skipped), (StepName::Spool, StepState::Done)]
        }
        Err(_) => vec![(StepName::Save, StepState::Failed)],
    }
}

/// Describes where a result was saved, for the log.
fn describe(saved_to: &SavedTo) -> String {
    let saved = match saved_to {
        SavedTo::Database(saved) => saved,
        SavedTo::Spool { name } => {
            return format!(
                "The database could not save the result. It is spooled in backups/{name} and will be saved \
                 automatically."
            );
        }
    };
    match saved.outcome {
        SaveOutcome::Created => format!("Saved and verified: sermon {}.", saved.state.count),
        SaveOutcome::Updated => "Updated and verified; the old version is in the history.".to_owned(),
        SaveOutcome::Unchanged => "Nothing has changed since the last save.".to_owned(),
        SaveOutcome::Filled => "Filled the empty fields; the old version is in the history.".to_owned(),
        SaveOutcome::Kept => {
            "This sermon was already stored and was not changed: only an admin or better captions from YouTube replace it."
                .to_owned()
        }
        SaveOutcome::KeptNewer => "A newer version is already stored; this one is in the history.".to_owned(),
    }
}

fn corrupt(id: &VideoId, error: &dyn std::fmt::Display) -> PipelineError {
    StoreError::Corrupt(format!("the document of {id}: {error}")).into()
}
