//! The way of a video, from top to bottom: what YouTube says, its captions, the words, the count, the kept result.

use std::sync::Arc;

use super::Progress;
use crate::{
    clock::Clock,
    domain::{Document, JobInput, VideoId},
    safety::{KeepError, Keeper, Kept},
    store::{RawTranscript, Store, StoreError},
    transcript::TranscriptError,
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
    pub async fn run(&self, _input: JobInput, _progress: &dyn Progress) -> Result<Done, PipelineError> {
        let _ = (&self.youtube, &self.store, &self.keeper, &self.clock, self.actor);
        unimplemented!("to come in the next commit")
    }

    /// Analyses and keeps nothing.
    pub async fn analyse(&self, _input: JobInput, _progress: &dyn Progress) -> Result<Analysed, PipelineError> {
        unimplemented!("to come in the next commit")
    }

    /// Counts a stored video anew from its kept transcript, and keeps the result with the old particulars.
    pub async fn recount(&self, _id: &VideoId) -> Result<Done, PipelineError> {
        unimplemented!("to come in the next commit")
    }
}
