//! How work says what it is doing.

use async_trait::async_trait;

use crate::domain::StepState;

/// Takes the steps and the words of one piece of work: the command line prints them, a worker keeps them with the job.
#[async_trait]
pub trait Progress: Send + Sync {
    /// A step came to a state.
    async fn step(&self, name: StepName, state: StepState);
    /// Something happened, in words for people.
    async fn log(&self, message: &str);
}

/// Nobody watches.
pub(super) struct Unseen;

#[async_trait]
impl Progress for Unseen {
    async fn step(&self, _: StepName, _: StepState) {}

    async fn log(&self, _: &str) {}
}

/// The steps of the way of a video, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StepName {
    /// Title, channel and caption tracks are asked for.
    Video,
    /// Whether the channel is a church.
    Channel,
    /// The captions are fetched.
    Captions,
    /// The captions are read.
    Read,
    /// The references are counted.
    Analyze,
    /// The result is kept in the database.
    Save,
    /// The result is kept in the spool instead, because the database is away.
    Spool,
}

impl StepName {
    /// The stable name in a job's `steps`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Channel => "channel",
            Self::Captions => "captions",
            Self::Read => "read",
            Self::Analyze => "analyze",
            Self::Save => "save",
            Self::Spool => "spool",
        }
    }

    /// What the step does, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Video => "video: ask YouTube what it is",
            Self::Channel => "channel: is it a church?",
            Self::Captions => "captions: fetch the words",
            Self::Read => "read: tell the format, read the words",
            Self::Analyze => "analyze: find the references",
            Self::Save => "save: keep the result, read it back",
            Self::Spool => "spool: let the result wait for the database",
        }
    }
}
