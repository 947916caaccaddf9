//! The admin's backup operations, shared by the API and the pages. Each is recorded in the audit log.

use std::{sync::Arc, time::Duration};

use futures_util::Stream;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    audit,
    auth::{Admin, Client},
    error::AppError,
    operations::{ProgressReporter, StartedOperation},
    state::AppState,
};
use crate::{
    safety::{
        backup::{BackupInfo, BackupName, CleanupPlan, Verdict, Verification},
        restore::{Difference, RestorePhase, RestorePreview, RestoreProgress, RestoreRequest, Restored},
    },
    store::ChangeCounts,
};

/// Runs backup operations for an admin.
#[derive(Debug, Clone)]
pub(super) struct BackupOperations<'a> {
    pub(super) state: &'a AppState,
    pub(super) admin: Admin,
    /// How long to wait for an operation to finish.
    pub(super) wait: Duration,
}

impl<'a> BackupOperations<'a> {
    /// Creates a runner that does not wait for its operations.
    pub(super) fn new(state: &'a AppState, admin: Admin) -> Self {
        Self { state, admin, wait: Duration::ZERO }
    }

    /// Creates a backup.
    pub(super) async fn create(self) -> StartedOperation<BackupInfo> {
        let backups = Arc::clone(&self.state.backups);
        let work = async move |reporter: ProgressReporter| {
            reporter.set_message("writing and verifying the backup".to_owned());
            Ok(backups.create().await?)
        };
        self.run("backup.create", "", work, describe_created).await
    }

    /// Verifies a backup.
    pub(super) async fn verify(self, name: BackupName) -> StartedOperation<Verification> {
        let backups = Arc::clone(&self.state.backups);
        let subject = name.to_string();
        let work = async move |reporter: ProgressReporter| {
            reporter.set_message("reading the backup".to_owned());
            Ok(backups.verify(&name).await?)
        };
        self.run("backup.verify", &subject, work, describe_verification).await
    }

    /// Fetches a backup from the offsite store.
    pub(super) async fn fetch(self, name: BackupName) -> StartedOperation<BackupInfo> {
        let backups = Arc::clone(&self.state.backups);
        let subject = name.to_string();
        let work = async move |reporter: ProgressReporter| {
            reporter.set_message("fetching the offsite copy and verifying it".to_owned());
            Ok(backups.fetch(&name).await?)
        };
        self.run("backup.fetch", &subject, work, describe_created).await
    }

    /// Removes expired backups, or only plans their removal.
    pub(super) async fn cleanup(self, apply: bool) -> StartedOperation<CleanupPlan> {
        let backups = Arc::clone(&self.state.backups);
        let work = async move |_| Ok(if apply { backups.cleanup().await? } else { backups.plan_cleanup().await? });
        self.run("backup.cleanup", if apply { "apply" } else { "plan" }, work, describe_cleanup).await
    }

    /// Receives and verifies an uploaded backup.
    pub(super) async fn upload<S, B, E>(self, body: S, file_name: Option<&str>) -> Result<BackupInfo, AppError>
    where
        S: Stream<Item = Result<B, E>> + Send + Unpin,
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        let uploaded = self.state.backups.upload(body, file_name).await.map_err(AppError::from);
        let subject = uploaded.as_ref().map_or(file_name.unwrap_or_default(), |backup| backup.name.as_str());
        self.audit("backup.upload", subject, Outcome::new(&uploaded, describe_created)).await;
        uploaded
    }

    /// Records in the audit log that the download of a backup has started.
    pub(super) async fn record_download(self, name: &BackupName) {
        self.audit("backup.download", name.as_str(), Outcome { outcome: "started", message: String::new() }).await;
    }

    /// Returns a preview of restoring a backup.
    pub(super) async fn preview(self, name: &BackupName) -> Result<RestorePreview, AppError> {
        let preview = self.state.restores.preview(name).await.map_err(AppError::from);
        self.audit("backup.preview", name.as_str(), Outcome::new(&preview, describe_preview)).await;
        preview
    }

    /// Restores a backup.
    pub(super) async fn restore(self, request: RestoreRequest) -> StartedOperation<Restored> {
        let (restores, subject) = (self.state.restores.clone(), request.name.to_string());
        let work = async move |reporter: ProgressReporter| Ok(restores.restore(request, Arc::new(reporter)).await?);
        self.run("backup.restore", &subject, work, describe_restored).await
    }

    /// Undoes a restore.
    pub(super) async fn undo(self, restore_id: Uuid) -> StartedOperation<Restored> {
        let restores = self.state.restores.clone();
        let actor = self.admin.0.actor();
        let work =
            async move |reporter: ProgressReporter| Ok(restores.undo(restore_id, actor, Arc::new(reporter)).await?);
        self.run("backup.undo", &restore_id.to_string(), work, describe_restored).await
    }

    async fn run<T, F>(
        self,
        action: &'static str,
        subject: &str,
        work: impl FnOnce(ProgressReporter) -> F + Send + 'static,
        describe: fn(&T) -> String,
    ) -> StartedOperation<T>
    where
        T: Serialize + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let (state, admin, audited_subject) = (self.state.clone(), self.admin, subject.to_owned());
        let audited = |reporter| {
            let work = work(reporter);
            async move {
                let result = work.await;
                let outcome = Outcome::new(&result, describe);
                BackupOperations::new(&state, admin).audit(action, &audited_subject, outcome).await;
                result
            }
        };
        self.state.operations.run((action, subject), self.wait, audited, describe).await
    }

    async fn audit(self, action: &str, subject: &str, Outcome { outcome, message }: Outcome) {
        let Client { principal, address, by } = &self.admin.0;
        let detail = json!({ "outcome": outcome, "message": message, "address": address, "by": by });
        audit::record(self.state, &principal.actor(), action, subject, detail).await;
    }
}

impl RestoreProgress for ProgressReporter {
    fn report(&self, phase: RestorePhase, done: u64, total: u64) {
        let count = if total == 0 { String::new() } else { format!(": {done} of {total} sermons") };
        self.set_message(format!("{}{count}", phase.title()));
    }
}

/// The outcome of an operation, for the audit log.
struct Outcome {
    outcome: &'static str,
    message: String,
}

impl Outcome {
    fn new<T>(result: &Result<T, AppError>, describe: fn(&T) -> String) -> Self {
        match result {
            Ok(value) => Self { outcome: "done", message: describe(value) },
            Err(error) => Self { outcome: "failed", message: error.to_string() },
        }
    }
}

pub(super) fn describe_created(backup: &BackupInfo) -> String {
    format!("{} was saved and verified: {}", backup.name, sermons(backup.sermons.unwrap_or_default()))
}

fn describe_preview(preview: &RestorePreview) -> String {
    let Difference { added, changed, removed, unchanged } = &preview.difference;
    format!(
        "a restore would add {}, change {} and remove {}, and leave {unchanged} unchanged",
        sermons(added.count),
        changed.count,
        removed.count
    )
}

pub(super) fn describe_restored(restored: &Restored) -> String {
    let ChangeCounts { added, changed, removed } = restored.difference;
    let warning = restored.warning.as_ref().map(|warning| format!("; {warning}")).unwrap_or_default();
    format!(
        "{} was restored and verified: {added} added, {changed} changed, {removed} removed; the previous state is in \
         {}{warning}",
        restored.backup, restored.snapshot
    )
}

fn describe_verification(verification: &Verification) -> String {
    let Verification { name, verdict, problem, .. } = verification;
    let sermons = sermons(verification.sermons.unwrap_or_default());
    match verdict {
        Verdict::Verified => format!("{name} matches its manifest: {sermons}"),
        Verdict::StructurallyValid => {
            format!("{name} is readable: {sermons}; it has no manifest to compare it with")
        }
        Verdict::Damaged => {
            format!("{name} is DAMAGED: {}", problem.as_deref().unwrap_or("it does not match its manifest"))
        }
    }
}

pub(super) fn describe_cleanup(plan: &CleanupPlan) -> String {
    let (removed, kept) = (backups(plan.remove.len()), plan.keep.len());
    let offsite = match (&plan.offsite, &plan.offsite_error) {
        (_, Some(error)) => format!("; offsite: {error}"),
        (Some(offsite), None) => format!("; offsite: {} and {}", offsite.remove.len(), offsite.keep.len()),
        (None, None) => String::new(),
    };
    if plan.applied {
        format!("removed {removed} and kept {kept}{offsite}")
    } else {
        format!("would remove {removed} and keep {kept}; nothing was removed{offsite}")
    }
}

fn backups(count: usize) -> String {
    if count == 1 { "1 backup".to_owned() } else { format!("{count} backups") }
}

fn sermons(count: impl TryInto<u64>) -> String {
    match count.try_into().unwrap_or_default() {
        1 => "1 sermon".to_owned(),
        count => format!("{count} sermons"),
    }
}
