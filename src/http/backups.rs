//! What the admin does with backups: in an operation of its own, and audited. The API and the pages both come here.

use std::{sync::Arc, time::Duration};

use futures_util::Stream;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    audit,
    auth::Admin,
    error::AppError,
    operations::{Ran, Reporter},
    state::AppState,
};
use crate::{
    safety::{
        backup::{BackupInfo, BackupName, CleanupPlan, Verdict, Verification},
        restore::{Difference, Phase, Preview, Progress, RestoreRequest, Restored},
    },
    store::Replaced,
};

/// Who does it, and how long they wait for its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) state: &'a AppState,
    pub(super) admin: Admin,
    pub(super) wait: Duration,
}

impl<'a> Asker<'a> {
    /// One who waits for no operation.
    pub(super) fn new(state: &'a AppState, admin: Admin) -> Self {
        Self { state, admin, wait: Duration::ZERO }
    }

    /// Makes a backup.
    pub(super) async fn create(self) -> Ran<BackupInfo> {
        let backups = Arc::clone(&self.state.backups);
        let work = async move |reporter: Reporter| {
            reporter.tell("copying everything into a file, and reading that back".to_owned());
            Ok(backups.create().await?)
        };
        self.run("backup.create", "", work, made).await
    }

    /// Reads a backup to its end.
    pub(super) async fn verify(self, name: BackupName) -> Ran<Verification> {
        let backups = Arc::clone(&self.state.backups);
        let subject = name.to_string();
        let work = async move |reporter: Reporter| {
            reporter.tell("reading it to its end".to_owned());
            Ok(backups.verify(&name).await?)
        };
        self.run("backup.verify", &subject, work, verified).await
    }

    /// Fetches a backup from the second place.
    pub(super) async fn fetch(self, name: BackupName) -> Ran<BackupInfo> {
        let backups = Arc::clone(&self.state.backups);
        let subject = name.to_string();
        let work = async move |reporter: Reporter| {
            reporter.tell("fetching it from the second place, and reading it to its end".to_owned());
            Ok(backups.fetch(&name).await?)
        };
        self.run("backup.fetch", &subject, work, made).await
    }

    /// Removes what may go, or only says what that is.
    pub(super) async fn cleanup(self, apply: bool) -> Ran<CleanupPlan> {
        let backups = Arc::clone(&self.state.backups);
        let work = async move |_| Ok(if apply { backups.cleanup().await? } else { backups.plan_cleanup().await? });
        self.run("backup.cleanup", if apply { "apply" } else { "plan" }, work, cleaned).await
    }

    /// Takes in a file from somewhere else, as its sender sends it.
    pub(super) async fn upload<S, B, E>(self, body: S, file_name: Option<&str>) -> Result<BackupInfo, AppError>
    where
        S: Stream<Item = Result<B, E>> + Send + Unpin,
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        let taken = self.state.backups.upload(body, file_name).await.map_err(AppError::from);
        let subject = taken.as_ref().map_or(file_name.unwrap_or_default(), |backup| backup.name.as_str());
        let outcome = Outcome::of(&taken, made);
        self.audit("backup.upload", subject, outcome).await;
        taken
    }

    /// Writes into the audit that a backup is handed out.
    pub(super) async fn hands_out(self, name: &BackupName) {
        self.audit("backup.download", name.as_str(), Outcome { outcome: "begun", words: String::new() }).await;
    }

    /// Tells what restoring a backup would change.
    pub(super) async fn preview(self, name: &BackupName) -> Result<Preview, AppError> {
        let preview = self.state.restores.preview(name).await.map_err(AppError::from);
        self.audit("backup.preview", name.as_str(), Outcome::of(&preview, previewed)).await;
        preview
    }

    /// Restores a backup.
    pub(super) async fn restore(self, request: RestoreRequest) -> Ran<Restored> {
        let (restores, subject) = (self.state.restores.clone(), request.name.to_string());
        let work = async move |reporter: Reporter| Ok(restores.restore(request, Arc::new(reporter)).await?);
        self.run("backup.restore", &subject, work, restored).await
    }

    /// Undoes a restore.
    pub(super) async fn undo(self, restore_id: Uuid) -> Ran<Restored> {
        let restores = self.state.restores.clone();
        let work = async move |reporter: Reporter| Ok(restores.undo(restore_id, "admin", Arc::new(reporter)).await?);
        self.run("backup.undo", &restore_id.to_string(), work, restored).await
    }

    async fn run<T, F>(
        self,
        action: &'static str,
        subject: &str,
        work: impl FnOnce(Reporter) -> F + Send + 'static,
        words: fn(&T) -> String,
    ) -> Ran<T>
    where
        T: Serialize + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let (state, admin, about) = (self.state.clone(), self.admin, subject.to_owned());
        let audited = |reporter| {
            let work = work(reporter);
            async move {
                let ended = work.await;
                Asker::new(&state, admin).audit(action, &about, Outcome::of(&ended, words)).await;
                ended
            }
        };
        self.state.operations.run((action, subject), self.wait, audited, words).await
    }

    async fn audit(self, action: &str, subject: &str, Outcome { outcome, words }: Outcome) {
        let Admin { address, by } = self.admin;
        let detail = json!({ "outcome": outcome, "words": words, "address": address, "by": by });
        audit::record(self.state, "admin", action, subject, detail).await;
    }
}

impl Progress for Reporter {
    fn report(&self, phase: Phase, done: u64, of: u64) {
        let counted = if of == 0 { String::new() } else { format!(", {done} of {of}") };
        self.tell(format!("{}{counted}", phase.title()));
    }
}

/// How it ended, for the audit.
struct Outcome {
    outcome: &'static str,
    words: String,
}

impl Outcome {
    fn of<T>(ended: &Result<T, AppError>, words: fn(&T) -> String) -> Self {
        match ended {
            Ok(value) => Self { outcome: "done", words: words(value) },
            Err(error) => Self { outcome: "failed", words: error.to_string() },
        }
    }
}

/// What came of making a backup.
pub(super) fn made(backup: &BackupInfo) -> String {
    format!("{} is there and was read back: {}", backup.name, sermons(backup.videos.unwrap_or_default()))
}

fn previewed(preview: &Preview) -> String {
    let Difference { added, changed, removed, unchanged } = &preview.difference;
    format!("would add {}, change {}, remove {}, and leave {unchanged}", added.count, changed.count, removed.count)
}

fn restored(restored: &Restored) -> String {
    let Replaced { added, changed, removed } = restored.difference;
    let warning = restored.warning.as_ref().map(|warning| format!("; {warning}")).unwrap_or_default();
    format!(
        "{} is restored and was read back: {added} added, {changed} changed, {removed} removed; what was there before \
         is in {}{warning}",
        restored.backup, restored.snapshot
    )
}

fn verified(found: &Verification) -> String {
    let videos = sermons(found.videos.unwrap_or_default());
    match found.verdict {
        Verdict::Verified => format!("{} is what its manifest says: {videos}", found.name),
        Verdict::StructurallyValid => {
            format!("{} can be read to its end: {videos}; no manifest says what it should hold", found.name)
        }
        Verdict::Damaged => {
            format!("{} is DAMAGED: {}", found.name, found.problem.as_deref().unwrap_or("it is not what it should be"))
        }
    }
}

fn cleaned(plan: &CleanupPlan) -> String {
    let (removed, kept) = (plan.remove.len(), plan.keep.len());
    let there = match (&plan.offsite, &plan.offsite_error) {
        (_, Some(error)) => format!("; in the second place: {error}"),
        (Some(there), None) => format!("; in the second place: {} and {}", there.remove.len(), there.keep.len()),
        (None, None) => String::new(),
    };
    if plan.applied {
        format!("removed {removed} backups; {kept} stay{there}")
    } else {
        format!("{removed} backups may go, and {kept} stay; nothing was removed{there}")
    }
}

fn sermons(count: impl TryInto<u64>) -> String {
    match count.try_into().unwrap_or_default() {
        1 => "1 sermon".to_owned(),
        count => format!("{count} sermons"),
    }
}
