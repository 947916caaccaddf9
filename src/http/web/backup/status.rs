//! Describes the status of the export, the offsite copies, the scheduled tasks and the restores.

use crate::{
    http::web::format::{self, TimedText},
    safety::{ExportStatus, OffsiteStatus, TaskStatus},
    store::{ChangeCounts, RestoreEntry, RestoreState, StoreState},
};

/// Describes the export. `database` is `None` if the database is unreachable.
pub(super) fn export_status(export: &ExportStatus, database: Option<&StoreState>) -> TimedText {
    let Some(last) = &export.last else { return TimedText::plain("Not written yet") };
    let written = |before: &str| TimedText::default().time(before, last.finished_at);
    if export.suspect.is_some() {
        return written("Paused since ").text(", because the database shrank unexpectedly");
    }
    if export.error.is_some() {
        return written("From ").text("; the latest export failed and will be retried");
    }
    match database {
        Some(state) if state.seq > last.seq => {
            written("From ").text(format!("; {} not exported yet", format::count(state.seq - last.seq, "write")))
        }
        Some(_) => written("Up to date, from "),
        None => written("From "),
    }
}

/// Describes the last result and the next run of a scheduled task.
pub(super) fn task_status(status: &TaskStatus) -> TimedText {
    let last = match (status.running, status.finished_at, status.ok) {
        (true, ..) => TimedText::plain("Running now"),
        (false, Some(at), Some(ok)) => {
            let message = status.message.as_deref().unwrap_or_default();
            TimedText::default().time(if ok { "Succeeded on " } else { "Failed on " }, at).text(format!(": {message}"))
        }
        _ => TimedText::plain("Never run"),
    };
    match (status.due_at, status.every_hours) {
        (Some(due), _) => last.time("; next run on ", due),
        (None, Some(_)) => last.text("; the server has not scheduled it yet"),
        (None, None) => last.text("; not scheduled"),
    }
}

/// Describes the offsite copies.
pub(super) fn offsite_status(status: &OffsiteStatus) -> TimedText {
    let copies = match status.copies {
        0 => "No copies yet".to_owned(),
        1 => format!("1 copy ({})", format::bytes(status.bytes)),
        copies => format!("{} copies ({})", format::number(copies as u64), format::bytes(status.bytes)),
    };
    let pending = match status.pending {
        0 => String::new(),
        pending => format!(", {} pending", format::number(pending as u64)),
    };
    match (&status.error, status.complete_at) {
        (Some(error), _) => {
            TimedText::plain(format!("{copies}{pending}; the last attempt failed and will be retried: {error}"))
        }
        (None, Some(at)) => TimedText::default().time(format!("{copies}{pending}, checked on "), at),
        (None, None) => TimedText::plain(format!("{copies}{pending}, not checked yet")),
    }
}

/// Describes a restore.
pub(super) fn restore_status(entry: &RestoreEntry) -> String {
    use RestoreState as S;
    let state = match entry.state {
        S::Staging => "In progress; nothing has changed yet",
        S::Committed | S::Done => "Restored",
        S::Failed => "Failed; nothing was changed",
        S::Reverted => "Verification failed; the previous state was restored",
        S::Undone => "Undone",
    };
    let changes = entry.difference.as_ref().map(|ChangeCounts { added, changed, removed }| {
        format!(": {added} added, {changed} changed, {removed} removed")
    });
    let note = entry.note.as_ref().map(|note| format!(" ({note})"));
    format!("{state}{}{}", changes.unwrap_or_default(), note.unwrap_or_default())
}
