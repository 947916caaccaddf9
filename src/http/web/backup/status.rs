//! Describes the status of the export, the offsite copies and the restores.

use crate::{
    http::web::format,
    safety::{ExportStatus, OffsiteStatus},
    store::{ChangeCounts, RestoreEntry, RestoreState, StoreState},
};

/// Describes the export. `database` is `None` if the database is unreachable.
pub(super) fn export_status(export: &ExportStatus, database: Option<&StoreState>) -> String {
    let Some(last) = &export.last else { return "Not written yet".to_owned() };
    let written = format::date_time(last.finished_at);
    if export.suspect.is_some() {
        return format!("Paused since {written}, because the database shrank unexpectedly");
    }
    if export.error.is_some() {
        return format!("From {written}; the latest export failed and will be retried");
    }
    match database {
        Some(state) if state.seq > last.seq => {
            format!("From {written}; {} not exported yet", format::count(state.seq - last.seq, "write"))
        }
        Some(_) => format!("Up to date, from {written}"),
        None => format!("From {written}"),
    }
}

/// Describes the offsite copies.
pub(super) fn offsite_status(status: &OffsiteStatus) -> String {
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
        (Some(error), _) => format!("{copies}{pending}; the last attempt failed and will be retried: {error}"),
        (None, Some(at)) => format!("{copies}{pending}, checked on {}", format::date_time(at)),
        (None, None) => format!("{copies}{pending}, not checked yet"),
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
