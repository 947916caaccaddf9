//! Describes the JSON of types that do not depend on `OpenAPI`: documents and the parts of `/readyz`.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

/// Everything known about one sermon. May have further keys.
#[derive(Debug, ToSchema)]
#[schema(title = "Document")]
pub(super) struct DocumentBody {
    /// The key it is stored under.
    video_id: String,
    /// Title of the sermon.
    title: String,
    /// Name of the church.
    channel: String,
    /// URL of the church, or empty.
    channel_url: String,
    /// Country or town, or empty.
    location: String,
    /// Length of the transcript, in code points.
    transcript_length: u64,
    /// When it was analyzed.
    processed_at: String,
    /// Totals over the mentions of books.
    stats: DocumentStats,
    /// Confirmed mentions by English book name.
    counts: BTreeMap<String, u64>,
    /// Suspect mentions by English book name.
    suspect_counts: BTreeMap<String, u64>,
    /// Where each book is mentioned, by class.
    #[schema(value_type = BTreeMap<String, Object>)]
    positions: (),
    /// Log of the analysis.
    #[schema(value_type = Vec<Value>)]
    logs: Vec<()>,
    /// Every reference in the order of the transcript.
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    references: Option<Vec<()>>,
    /// Language of the transcript (BCP 47), if known.
    #[schema(nullable = false)]
    language: Option<String>,
    /// When the sermon was published, if known.
    #[schema(nullable = false)]
    published_at: Option<String>,
    /// Length of the recording in seconds, if known.
    #[schema(nullable = false)]
    duration_seconds: Option<f64>,
    /// Who preached, if known.
    #[schema(nullable = false)]
    speaker: Option<String>,
    /// Whether the speaker was only read from the title.
    #[schema(nullable = false)]
    speaker_suggested: Option<bool>,
    /// The series that the sermon belongs to, if known.
    #[schema(nullable = false)]
    series: Option<String>,
    /// What people changed, by the name of the field.
    #[schema(nullable = false)]
    edited: Option<BTreeMap<String, FieldEditBody>>,
    /// What people say about the references; see `/api/video/{video_id}/corrections`.
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    corrections: Option<Vec<()>>,
    /// What the meter found, while corrections are applied.
    #[schema(value_type = Option<Object>, nullable = false)]
    as_measured: Option<()>,
}

/// A change of one field.
#[derive(Debug, ToSchema)]
pub(super) struct FieldEditBody {
    /// The value that a person entered, empty if there is none; null if they took their change back.
    value: Option<String>,
    /// The value without the change: what was fetched or submitted.
    #[schema(nullable = false)]
    original: Option<String>,
    /// When it was changed.
    at: DateTime<Utc>,
    /// Who changed it.
    by: String,
}

/// Totals over the mentions of books.
#[derive(Debug, ToSchema)]
pub(super) struct DocumentStats {
    /// Confirmed mentions: the sermon's manna.
    scripture_references: u64,
    /// Suspect mentions.
    suspect_references: u64,
    /// Mentions that are not references.
    false_positives: u64,
    /// All mentions of a book's name.
    total_matches: u64,
}

/// Status of the export.
#[derive(Debug, ToSchema)]
pub(super) struct ExportStatusBody {
    /// The last good export.
    last: Option<ExportReportBody>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// Why the shrink guard keeps the last good export.
    suspect: Option<String>,
}

/// An export.
#[derive(Debug, ToSchema)]
pub(super) struct ExportReportBody {
    /// Number of sermons.
    sermons: i64,
    /// Epoch of the database.
    epoch: i64,
    /// The last write that is included.
    seq: i64,
    /// Size of `results.json`.
    json_bytes: u64,
    /// Size of `results.json.b64`.
    b64_bytes: u64,
    /// When it was finished.
    finished_at: DateTime<Utc>,
}

/// The offsite store.
#[derive(Debug, ToSchema)]
pub(super) struct OffsiteStatusBody {
    /// Its address, without credentials.
    url: String,
    /// Number of complete copies.
    copies: usize,
    /// Total size of the copies.
    bytes: u64,
    /// The newest copy.
    newest: Option<String>,
    /// Number of verified backups that have not been copied yet.
    pending: usize,
    /// Number of spool entries.
    spooled: usize,
    /// When all verified backups were last known to be in the store.
    complete_at: Option<DateTime<Utc>>,
    /// Why the last request failed.
    error: Option<String>,
}

/// Whether the database has what was saved.
#[derive(Debug, ToSchema)]
pub(super) struct IntegrityStatusBody {
    /// When the check ran.
    checked_at: Option<DateTime<Utc>>,
    /// Why the database does not have what was saved.
    problem: Option<String>,
    /// Which backups and export could fill a database that was never written to.
    uninitialized: Option<String>,
}

/// A maintenance task.
#[derive(Debug, ToSchema)]
pub(super) struct TaskStatusBody {
    /// `backup`, `drill`, `scrub` or `cleanup`.
    task: String,
    /// Interval in hours; null if the task is not scheduled.
    every_hours: Option<i64>,
    /// When it runs next.
    due_at: Option<DateTime<Utc>>,
    /// Whether an instance is running it.
    running: bool,
    /// When the last run ended.
    finished_at: Option<DateTime<Utc>>,
    /// Whether the last run succeeded.
    ok: Option<bool>,
    /// What the last run did, or why it failed.
    message: Option<String>,
    /// When a run last succeeded.
    ok_at: Option<DateTime<Utc>>,
}
