//! The notice about an admin operation: running, done or failed.

use crate::http::{
    operations::{Operation, OperationState},
    web::format,
};

/// A notice about an operation.
#[derive(Debug)]
pub(super) struct OperationNotice {
    pub(super) title: &'static str,
    pub(super) message: String,
    pub(super) is_error: bool,
    pub(super) is_running: bool,
}

impl From<Operation> for OperationNotice {
    fn from(operation: Operation) -> Self {
        use OperationState as S;
        let verdict = operation.result.as_ref().and_then(|result| result["verdict"].as_str());
        let title = match (operation.state, operation.action) {
            (S::Running, "backup.create") => "Creating a backup",
            (S::Running, "backup.verify") => "Verifying a backup",
            (S::Running, "backup.restore") => "Restoring a backup",
            (S::Running, "backup.undo") => "Undoing a restore",
            (S::Running, "backup.cleanup") => "Cleaning up backups",
            (S::Running, _) => "In progress",
            (S::Done, "backup.create") => "Backup created",
            (S::Done, "backup.verify") if verdict == Some("damaged") => "The backup is damaged",
            (S::Done, "backup.verify") if verdict == Some("structurally_valid") => "The backup is readable",
            (S::Done, "backup.verify") => "Backup verified",
            (S::Done, "backup.restore") => "Backup restored",
            (S::Done, "backup.undo") => "Restore undone",
            (S::Done, "backup.cleanup") => "Backups cleaned up",
            (S::Done, _) => "Done",
            (S::Failed, "backup.create") => "The backup failed",
            (S::Failed, "backup.verify") => "The verification failed",
            (S::Failed, "backup.restore") => "The restore failed",
            (S::Failed, "backup.undo") => "The restore could not be undone",
            (S::Failed, "backup.cleanup") => "The cleanup failed",
            (S::Failed, _) => "The operation failed",
        };
        let is_unconfirmed = operation.problem.as_ref().is_some_and(|problem| problem.code == "not_confirmed");
        Self {
            title,
            message: if is_unconfirmed {
                // API clients confirm with the name of the backup, but users confirm with a word.
                "Type “restore” to confirm. Nothing was changed.".to_owned()
            } else {
                format::sentence(&operation.message)
            },
            is_error: operation.state == S::Failed || verdict == Some("damaged"),
            is_running: operation.state == S::Running,
        }
    }
}
