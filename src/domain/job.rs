//! Jobs: one sermon each, queued, running or finished.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Document, SourceKind, Submitter, VideoId};

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker.
    Queued,
    /// A worker is running the job.
    Running,
    /// The sermon is stored.
    Done,
    /// The job ended with an error; see [`Job::error`].
    Failed,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Failed, Self::Done];

    /// Returns the name used by the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Returns whether the job has ended.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// One step of a job and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Name of the step.
    pub name: StepName,
    /// State of the step.
    pub state: StepState,
    /// When the step entered this state.
    pub at: DateTime<Utc>,
}

/// The steps of a job, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Look up the title, channel and caption tracks.
    Video,
    /// Check whether the channel is a church.
    Channel,
    /// Download the captions.
    Captions,
    /// Parse the captions.
    Read,
    /// Find the references.
    #[serde(alias = "analyse")]
    Analyze,
    /// Save the sermon to the database.
    Save,
    /// Write the sermon to the spool because the database is unreachable.
    Spool,
}

impl StepName {
    /// Every step, in order.
    pub const ALL: [Self; 7] =
        [Self::Video, Self::Channel, Self::Captions, Self::Read, Self::Analyze, Self::Save, Self::Spool];

    /// Returns the name used by the API and in the database.
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

    /// Returns the title shown to users.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Video => "Look up the video",
            Self::Channel => "Check the channel",
            Self::Captions => "Fetch the captions",
            Self::Read => "Read the captions",
            Self::Analyze => "Find the Bible references",
            Self::Save => "Save the sermon",
            Self::Spool => "Spool the sermon until the database is back",
        }
    }
}

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Started.
    Running,
    /// Succeeded.
    Done,
    /// Not needed, or failed without ending the job.
    Skipped,
    /// Failed and ended the job.
    Failed,
}

/// One line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What happened.
    pub message: String,
}

/// Why a job failed.
///
/// Stored with the job as JSON. Jobs stored by earlier builds also have the keys `type`, `status` and `title`, which
/// are ignored: the HTTP layer derives them from `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// A stable code, such as `captions_disabled`.
    pub code: String,
    /// What happened and what to do, as shown to users.
    pub detail: String,
    /// The caption languages that exist, if none of them is English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Whether pasting the transcript would help the user.
    #[serde(default)]
    pub paste_helps: bool,
    /// The full result, if it could not be saved anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
}

impl JobError {
    /// Returns the error of a job that was canceled.
    pub fn canceled() -> Self {
        Self::new("canceled", "the job was canceled; nothing was saved: retry it to analyze the sermon after all")
    }

    /// Creates an error without additional data.
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into(), languages: Vec::new(), paste_helps: false, document: None }
    }
}

/// The input of a job, stored with the job until it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "few inputs exist at a time, and their transcripts are much larger")]
pub enum JobInput {
    /// Fetch a video from YouTube and analyze it.
    Youtube {
        /// The video.
        video_id: VideoId,
    },
    /// Analyze a submitted transcript.
    Transcript(Submission),
}

/// An uploaded or pasted transcript, with the details provided by the submitter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// ID of the sermon, taken from its link or derived from its text.
    pub video_id: Option<VideoId>,
    /// Whether the transcript was uploaded or pasted.
    pub source: Option<SourceKind>,
    /// The captions as submitted, decoded to text.
    pub transcript: String,
    /// Title of the sermon, or empty.
    pub title: String,
    /// Title to use for a new sermon if there is no other, such as a file name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub default_title: String,
    /// Name of the church, or empty.
    pub channel: String,
    /// URL of the video, if there is one.
    pub url: Option<String>,
    /// URL of the church, or empty.
    pub channel_url: String,
    /// Country or town, or empty.
    pub location: String,
    /// When the sermon was published.
    pub published_at: Option<String>,
    /// Who preached, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub speaker: String,
    /// The series that the sermon belongs to, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub series: String,
}

impl JobInput {
    /// Returns the title provided by the submitter or, if there is none, the default title.
    pub fn title(&self) -> Option<&str> {
        let Self::Transcript(submission) = self else { return None };
        [&submission.title, &submission.default_title].into_iter().map(|title| title.trim()).find(|it| !it.is_empty())
    }
}

impl Submission {
    /// Fills the empty details from the stored version of the sermon without its edits. Edits are carried over when the
    /// sermon is saved.
    pub fn fill_from(&mut self, stored: Document) {
        let stored = &stored.without_edits();
        let title = if stored.title == Document::UNTITLED { "" } else { &stored.title };
        let speaker = stored.speaker.as_deref().filter(|_| !stored.speaker_suggested).unwrap_or_default();
        for (field, value) in [
            (&mut self.title, title),
            (&mut self.channel, &stored.channel),
            (&mut self.channel_url, &stored.channel_url),
            (&mut self.location, &stored.location),
            (&mut self.speaker, speaker),
            (&mut self.series, stored.series.as_deref().unwrap_or_default()),
        ] {
            if field.trim().is_empty() {
                value.clone_into(field);
            }
        }
        if self.published_at.is_none() {
            self.published_at.clone_from(&stored.published_at);
        }
    }
}

/// A job to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// ID of the job (UUIDv7).
    pub id: Uuid,
    /// The sermon that the job will save.
    pub video_id: VideoId,
    /// Input of the job.
    pub input: JobInput,
    /// Who requested the job.
    pub submitter: Submitter,
    /// Identifies equal requests. While a job with this key is queued or running, no other job with the same key is
    /// queued.
    pub dedupe_key: String,
    /// When the job was requested.
    pub at: DateTime<Utc>,
    /// ID of the HTTP request that queued the job, so that the log lines of both can be found together.
    pub request_id: Option<String>,
}

/// A job without its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// ID of the job (UUIDv7).
    pub id: Uuid,
    /// The sermon that the job saves.
    pub video_id: VideoId,
    /// State of the job.
    pub state: JobState,
    /// The steps that the job has reached.
    pub steps: Vec<Step>,
    /// Log of the job.
    pub logs: Vec<LogLine>,
    /// Why the job failed, if it did.
    pub error: Option<JobError>,
    /// Path of the sermon's page, `/video/{video_id}`, once the job is done.
    pub result_url: Option<String>,
    /// The title of the sermon, once it is known.
    pub title: Option<String>,
    /// Whether the job failed and can be retried because its input is still stored.
    pub can_retry: bool,
    /// When the job was requested.
    pub created_at: DateTime<Utc>,
    /// When the job last changed.
    pub updated_at: DateTime<Utc>,
}

impl Job {
    /// Returns where a finished job saved its result: `database`, or `spool` if the database was unreachable.
    pub fn saved_to(&self) -> Option<&'static str> {
        let spooled = self.steps.iter().any(|step| step.name == StepName::Spool && step.state == StepState::Done);
        (self.state == JobState::Done).then_some(if spooled { "spool" } else { "database" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn step_names_are_the_same_in_code_and_json() {
        for step in StepName::ALL {
            assert_eq!(serde_json::to_value(step).expect("JSON"), step.name());
        }
    }

    #[test]
    fn the_former_name_of_a_step_is_still_read() {
        let step: StepName = serde_json::from_value(json!("analyse")).expect("a step");
        assert_eq!(step, StepName::Analyze);
    }

    #[test]
    fn an_error_stored_as_a_whole_problem_object_is_still_read() {
        let stored = json!({
            "type": "about:blank", "status": 422, "code": "no_english_track", "title": "YouTube did not give the captions",
            "detail": "the video has no captions in English", "languages": ["de"], "paste_helps": true,
        });
        let error: JobError = serde_json::from_value(stored).expect("an error");
        assert_eq!((error.code.as_str(), error.paste_helps), ("no_english_track", true));
        assert_eq!(error.languages, ["de"]);
    }
}
