//! Work that is waiting, running or done: one video to be analyzed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{SourceKind, VideoId};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    Running,
    /// The video is stored.
    Done,
    /// It ended with an error; see the job's `error`.
    Failed,
}

impl JobState {
    /// The name in answers and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen to the job.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// One real step of a job, in the order in which they happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// A stable name: `video`, `channel`, `captions`, `read`, `analyze`, `save`, `spool`.
    pub name: String,
    /// Where the step stands.
    pub state: StepState,
    /// When it came to this state.
    pub at: DateTime<Utc>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Begun.
    Running,
    /// Ended well.
    Done,
    /// Not needed, or could not be found out; the job goes on.
    Skipped,
    /// Ended the job.
    Failed,
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened, for people.
    pub message: String,
}

/// Why a job failed, as a problem object (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI reference that names the kind of problem; `about:blank` when the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status that fits.
    pub status: u16,
    /// A stable code, such as `captions_disabled`.
    pub code: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// What happened here, and what to do.
    pub detail: String,
    /// Caption languages that exist, where that is the matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Whether pasting the transcript gets the user further.
    #[serde(default)]
    pub paste_helps: bool,
    /// The whole result, when it could be kept nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
}

/// What a job is to do; kept with the job until it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobInput {
    /// Fetch a video from YouTube and analyze it.
    Youtube {
        /// The video.
        video_id: VideoId,
    },
    /// Analyze a transcript that was sent.
    Transcript(Submission),
}

/// A transcript that was uploaded or pasted, with what its sender says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The video that it belongs to: from its link, or made from its text.
    pub video_id: Option<VideoId>,
    /// Whether it came as a file or as text.
    pub source: Option<SourceKind>,
    /// The captions as they came, decoded to text.
    pub transcript: String,
    /// Title of the sermon, or empty.
    pub title: String,
    /// Name of the church, or empty.
    pub channel: String,
    /// Address of the video, when there is one.
    pub url: Option<String>,
    /// Address of the church, or empty.
    pub channel_url: String,
    /// Country or town, or empty.
    pub location: String,
    /// When the sermon was published.
    pub published_at: Option<String>,
}

/// A job that is to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id (UUIDv7).
    pub id: Uuid,
    /// The video that it will store.
    pub video_id: VideoId,
    /// What it is to do.
    pub input: JobInput,
    /// Two jobs with the same key are never waiting or running at the same time: the second asker gets the first.
    pub dedupe_key: String,
    /// When it was asked for.
    pub at: DateTime<Utc>,
}

/// A job as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id (UUIDv7).
    pub id: Uuid,
    /// The video that it stores.
    pub video_id: VideoId,
    /// Where it stands.
    pub state: JobState,
    /// Its steps so far.
    pub steps: Vec<Step>,
    /// Its log so far.
    pub logs: Vec<LogLine>,
    /// Why it failed.
    pub error: Option<Problem>,
    /// Where the sermon is shown, once it is stored: `/video/{video_id}`.
    pub result_url: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Job {
    /// Where the result went when the job was done: into the `database`, or into the `spool` if that was away.
    pub fn stored(&self) -> Option<&'static str> {
        let spooled = self.steps.iter().any(|step| step.name == "spool" && step.state == StepState::Done);
        (self.state == JobState::Done).then_some(if spooled { "spool" } else { "database" })
    }
}
