//! The status of old databases, as shown to users.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    safety::plural::count,
    store::{AdoptionEntry, AdoptionProgress, LegacyContents, StoreError},
};

/// How long the dashboard mentions an adoption after it has finished.
const MENTIONED_FOR: TimeDelta = TimeDelta::days(7);

/// The old databases that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdoptionStatus {
    /// The databases.
    pub databases: Vec<OldDatabase>,
}

/// An old database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OldDatabase {
    /// Location of the database, without the password.
    pub name: String,
    /// State of the adoption.
    pub state: OldDatabaseState,
    /// Number of rows.
    pub rows: u64,
    /// Number of sermons that have never been in our database, or `None` if they were not counted.
    pub missing: Option<u64>,
    /// What has been adopted.
    pub adopted: AdoptionProgress,
    /// When the adoption started.
    pub started_at: Option<DateTime<Utc>>,
    /// When the adoption finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why the database cannot be read.
    pub problem: Option<String>,
}

/// The state of an old database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OldDatabaseState {
    /// The database is adopted at the next start of the server.
    Waiting,
    /// The database is being adopted.
    Adopting,
    /// The database has been adopted.
    Adopted,
    /// The database is not adopted, because ours already has data, or because adoption is disabled.
    NotAdopted,
    /// The database is not the configured one, and is imported only on request.
    Elsewhere,
    /// The database does not belong to the previous system, or cannot be read.
    Unreadable,
}

impl OldDatabase {
    /// Describes a database, or returns `None` if it contains nothing from the previous system.
    pub(super) fn new(
        name: &str,
        is_configured: bool,
        is_waiting: bool,
        entry: Option<&AdoptionEntry>,
        contents: Result<LegacyContents, StoreError>,
    ) -> Option<Self> {
        let (rows, problem) = match contents {
            Ok(LegacyContents::Nothing) => (0, None),
            Ok(LegacyContents::Sermons(rows)) => (rows, None),
            Ok(LegacyContents::OtherTable(reason)) => (0, Some(reason)),
            Err(error) => (0, Some(error.to_string())),
        };
        if rows == 0 && problem.is_none() && entry.is_none() {
            return None;
        }
        let state = match entry {
            Some(entry) if entry.finished_at.is_some() => OldDatabaseState::Adopted,
            Some(_) => OldDatabaseState::Adopting,
            None if problem.is_some() => OldDatabaseState::Unreadable,
            None if is_waiting => OldDatabaseState::Waiting,
            None if is_configured => OldDatabaseState::NotAdopted,
            None => OldDatabaseState::Elsewhere,
        };
        Some(Self {
            name: name.to_owned(),
            state,
            rows,
            missing: None,
            adopted: entry.map(|entry| entry.progress.clone()).unwrap_or_default(),
            started_at: entry.map(|entry| entry.started_at),
            finished_at: entry.and_then(|entry| entry.finished_at),
            problem,
        })
    }

    /// Describes a database that was adopted, or should have been, but that the settings no longer point to.
    pub(super) fn gone(entry: &AdoptionEntry) -> Self {
        let mut old =
            Self::new(&entry.source, true, false, Some(entry), Ok(LegacyContents::Nothing)).expect("it was recorded");
        if entry.finished_at.is_none() {
            old.problem = Some("the settings no longer point to it".to_owned());
        }
        old
    }

    /// Returns whether the database is being adopted.
    pub fn is_adopting(&self) -> bool {
        self.state == OldDatabaseState::Adopting
    }

    /// Returns whether the operator needs to do something about the database.
    pub fn needs_attention(&self) -> bool {
        self.problem.is_some() || self.adopted.unreadable > 0 || self.missing.is_some_and(|missing| missing > 0)
    }

    /// Returns a copy that anyone may see. It has the name of the file or database, but not its location.
    #[must_use]
    pub fn without_location(&self) -> Self {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let problem = self.problem.as_ref().map(|problem| problem.replace(&self.name, &name));
        Self { name, problem, ..self.clone() }
    }

    /// Describes the database in one sentence, without the final period.
    pub fn describe(&self) -> String {
        let (name, rows) = (&self.name, count(self.rows, "sermon"));
        let text = match self.state {
            OldDatabaseState::Waiting => {
                format!("the database of the previous system in {name} has {rows}, which the next start adopts")
            }
            OldDatabaseState::Adopting => {
                let done = self.adopted.sermons + self.adopted.unreadable;
                format!("adopting the database of the previous system in {name}: {done} of {rows} so far")
            }
            OldDatabaseState::Adopted => format!(
                "adopted {} from the database of the previous system in {name}",
                count(self.adopted.sermons, "sermon")
            ),
            OldDatabaseState::NotAdopted | OldDatabaseState::Elsewhere => {
                format!("the database of the previous system in {name} has {rows}")
            }
            OldDatabaseState::Unreadable => format!("{name} may be a database of the previous system"),
        };
        let mut parts = vec![text];
        if self.adopted.unreadable > 0 {
            let rows = count(self.adopted.unreadable, "row");
            parts.push(format!("{rows} could not be read: {}", self.adopted.problems.join("; ")));
        }
        parts.extend(self.problem.iter().map(|problem| format!("it cannot be read: {problem}")));
        match self.missing {
            Some(0) if self.state != OldDatabaseState::Adopted => {
                parts.push("the current database has all of them".to_owned());
            }
            Some(missing) if missing > 0 && self.state != OldDatabaseState::Waiting => parts.push(format!(
                "the current database lacks {missing} of them: `mannameter recover` shows them, and `mannameter recover \
                 --apply` or `mannameter import` imports them"
            )),
            _ => {}
        }
        parts.join("; ")
    }
}

impl AdoptionStatus {
    /// Returns whether an old database is being adopted.
    pub fn is_adopting(&self) -> bool {
        self.databases.iter().any(OldDatabase::is_adopting)
    }

    /// Returns the notices for the dashboard.
    pub fn notices(&self, now: DateTime<Utc>) -> Vec<String> {
        let is_new = |old: &OldDatabase| old.finished_at.is_some_and(|at| now - at < MENTIONED_FOR);
        let shown = |old: &&OldDatabase| {
            matches!(old.state, OldDatabaseState::Adopting | OldDatabaseState::Waiting)
                || is_new(old)
                || old.needs_attention()
        };
        self.databases.iter().filter(shown).map(|old| old.without_location().describe()).collect()
    }

    /// Updates the progress of an adoption.
    pub(super) fn set_progress(&mut self, name: &str, progress: &AdoptionProgress) {
        if let Some(old) = self.databases.iter_mut().find(|old| old.name == name) {
            old.adopted = progress.clone();
        }
    }
}
