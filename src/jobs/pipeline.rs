//! Analyzes a sermon with the [`Analyzer`] and saves it with the [`Saver`].

use std::{num::NonZero, pin::pin, sync::Arc, thread};

use futures_util::{StreamExt as _, stream};

use super::{
    AnalyzedSermon, Analyzer, JobProgress, analyzer, existing::stored_document, log::Log, progress::NoProgress,
};
use scripture_detector::{TooManyMentions, transcript::TranscriptError};

use crate::{
    clock::Clock,
    domain::{CorrectedText, Document, Engine, JobInput, StepName, StepState, SubmissionTerms, Submitter, VideoId},
    safety::{Batch, SaveError, SaveReport, SavedTo, Saver},
    store::{SaveOutcome, SavePolicy, SaveRequest, Store, StoreError, StoredCaptions, StoredVideo},
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

impl PipelineError {
    /// Returns whether the failure concerns only the sermon that was to be analyzed, and not the others.
    pub fn concerns_one_sermon(&self) -> bool {
        match self {
            Self::YouTube(_)
            | Self::NotAChurch { .. }
            | Self::Transcript(_)
            | Self::TooManyMentions(_)
            | Self::NoSuchSermon(_)
            | Self::NoTranscript(_)
            | Self::Internal(_) => true,
            Self::Store(error) => matches!(error, StoreError::Corrupt(_)),
            Self::Save(error) => {
                matches!(
                    error,
                    SaveError::TooLarge(_) | SaveError::Store(StoreError::Corrupt(_) | StoreError::Database(_))
                )
            }
        }
    }
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
        self.save_request(self.request(analyzed.document, Some(analyzed.transcript), policy), progress).await
    }

    fn request(&self, document: Document, transcript: Option<StoredCaptions>, policy: SavePolicy) -> SaveRequest {
        let (save_id, at) = (self.clock.new_id(), self.clock.now());
        SaveRequest { save_id, document, transcript, policy, actor: self.actor.into(), at }
    }

    async fn save_request(
        &self,
        request: SaveRequest,
        progress: &dyn JobProgress,
    ) -> Result<PipelineOutcome, PipelineError> {
        let (log, document) = (Log::new(progress), request.document.clone());
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
        let request = self.reanalyzed(id).await?;
        self.save_request(SaveRequest { policy: SavePolicy::Replace, ..request }, &NoProgress).await
    }

    /// Does the same for several sermons and saves them in batches of one transaction each. Calls `report` with the
    /// result of each sermon. A sermon that cannot be reanalyzed does not stop the others.
    #[tracing::instrument(skip_all, fields(sermons = ids.len()))]
    pub async fn reanalyze_all(
        &self,
        ids: &[VideoId],
        mut report: impl FnMut(&VideoId, Result<SaveOutcome, PipelineError>),
    ) -> Result<(), PipelineError> {
        let concurrency = thread::available_parallelism().map_or(1, NonZero::get);
        let analyzed = stream::iter(ids).map(async |id| (id, self.reanalyzed(id).await)).buffered(concurrency);
        let (mut analyzed, mut batch) = (pin!(analyzed), Batch::default());
        while let Some((id, analyzed)) = analyzed.next().await {
            match analyzed {
                Ok(request) => {
                    let captions = request.transcript.as_ref().map_or(0, |transcript| transcript.body.len());
                    let bytes = request.document.to_json().len() + captions;
                    batch.push((id, request), bytes);
                }
                Err(error) if error.concerns_one_sermon() => report(id, Err(error)),
                Err(error) => return Err(error),
            }
            if batch.is_full() {
                self.save_reanalyzed(&mut batch, &mut report).await?;
            }
        }
        self.save_reanalyzed(&mut batch, &mut report).await
    }

    /// Saves a batch to the database. No spool is needed: the stored transcripts can be analyzed again.
    async fn save_reanalyzed(
        &self,
        batch: &mut Batch<(&VideoId, SaveRequest)>,
        report: &mut impl FnMut(&VideoId, Result<SaveOutcome, PipelineError>),
    ) -> Result<(), PipelineError> {
        let (ids, requests): (Vec<_>, Vec<_>) = batch.take().into_iter().unzip();
        if requests.is_empty() {
            return Ok(());
        }
        let start = self.clock.now();
        let results = self.saver.save_batch(requests).await?;
        batch.record(results.len(), self.clock.now() - start);
        for (id, result) in ids.into_iter().zip(results) {
            let outcome = match result {
                // Somebody changed it after it was read.
                Ok(saved) if saved.outcome == SaveOutcome::Kept => match self.reanalyze(id).await {
                    Ok(outcome) => Ok(outcome.report.saved().map_or(SaveOutcome::Updated, |saved| saved.outcome)),
                    Err(error) => Err(error),
                },
                Ok(saved) => Ok(saved.outcome),
                Err(error) => Err(error.into()),
            };
            report(id, outcome);
        }
        Ok(())
    }

    /// Analyzes a stored sermon again and returns what to save, unless the sermon is changed in the meantime.
    async fn reanalyzed(&self, id: &VideoId) -> Result<SaveRequest, PipelineError> {
        let stored = self.stored(id).await?;
        let (old, policy) = (parse(id, &stored)?, SavePolicy::IfUnchanged(stored.sha256));
        let Some(transcript) = self.store.transcript(id).await? else {
            if !old.has_unread_contexts() {
                return Err(PipelineError::NoTranscript(id.clone()));
            }
            return Ok(self.request(old.with_references_from_contexts(), None, policy));
        };
        let log = Log::new(&NoProgress);
        let (captions, analysis) = analyzer::analyze_captions(transcript.body.clone(), &log).await?;
        let logs = old.logs.iter().cloned().chain(log.into_lines()).collect();
        let mut document = Document { processed_at: self.analyzer.now(), logs, ..old }.with_analysis(analysis);
        document.apply_corrections(CorrectedText::Known(&captions.joined()));
        Ok(self.request(document, Some(transcript), policy))
    }

    /// Returns the sermons that [`Pipeline::reanalyze`] would bring up to date: those with a stored transcript that
    /// another version of the detector analyzed, and those of the previous system whose contexts have not been read
    /// yet.
    pub async fn outdated(&self) -> Result<Vec<VideoId>, PipelineError> {
        let Engine { name, version } = Engine::current();
        let mut outdated = self.store.analyzed_by_other_engines(&name, &version).await?;
        for id in self.store.without_engine_and_transcript().await? {
            let stored = self.stored(&id).await.and_then(|stored| parse(&id, &stored));
            match stored {
                Ok(document) if !document.has_unread_contexts() => {}
                // A damaged document is named when it is reanalyzed.
                Err(error) if !error.concerns_one_sermon() => return Err(error),
                Ok(_) | Err(_) => outdated.push(id),
            }
        }
        outdated.sort_unstable();
        Ok(outdated)
    }

    async fn stored(&self, id: &VideoId) -> Result<StoredVideo, PipelineError> {
        self.store.video(id).await?.ok_or_else(|| PipelineError::NoSuchSermon(id.clone()))
    }
}

/// Parses a stored document.
fn parse(id: &VideoId, stored: &StoredVideo) -> Result<Document, PipelineError> {
    let value = serde_json::from_str(&stored.document).map_err(|error| corrupt(id, &error))?;
    Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(id, &error))
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
