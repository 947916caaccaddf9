//! Routes of the previous system that have no replacement. They changed or deleted data on `GET`, without a login.

use crate::http::error::AppError;

/// `/migrate` copied `results.json.b64` to the database.
pub(super) async fn migrate() -> AppError {
    AppError::Gone(
        "the database is migrated automatically at the start; to import a results.json.b64 file, run `mannameter import \
         results.json.b64`, or upload the file on the page /backup and restore it",
    )
}

/// `/rebuild` deleted all results.
pub(super) async fn rebuild() -> AppError {
    AppError::Gone(
        "no route deletes all sermons; statistics and the search index are rebuilt with `mannameter migrate`, one sermon \
         is deleted with `DELETE /api/video/{video_id}`, and everything is replaced by restoring a backup",
    )
}
