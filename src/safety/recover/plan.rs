//! The result of a survey: what was found, and what a recovery would do.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    decide::{BestVersion, Reason, decide},
    evidence::{SermonEvidence, Trust},
    old_database::CopiedDatabase,
    sources::SourceKind,
    survey::{Survey, SurveyedFile},
};
use crate::{
    domain::{CollectionDigest, Sha256, VideoId},
    store::{Salvaged, StoreState},
};

/// Where the best version of each sermon is, and why. Making a plan changes nothing.
#[derive(Debug, Serialize)]
pub struct RecoveryPlan {
    /// The state that the database reports, or `None` if the row or table is missing.
    pub state: Option<StoreState>,
    /// Whether there is no database yet.
    pub is_new: bool,
    /// Tables that are missing.
    pub missing_tables: Vec<String>,
    /// Why the database could not be read in full.
    pub problem: Option<String>,
    /// Whether tables are missing, or rows, checksums or counters are inconsistent.
    pub needs_repair: bool,
    /// Number of sermons for each action.
    pub counts: ActionCounts,
    /// Number of versions that exist only in files and will be added to the history.
    pub older_versions: usize,
    /// The files that were read.
    pub sources: Vec<SourceReport>,
    /// Every sermon, ordered by ID.
    pub sermons: Vec<PlannedSermon>,
    /// What to change.
    #[serde(skip)]
    pub(super) changes: PlannedChanges,
    /// Keeps the copies of old databases until the plan has been carried out.
    #[serde(skip)]
    _old_databases: Vec<CopiedDatabase>,
}

/// Number of sermons by [`RecoveryAction`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ActionCounts {
    /// See [`RecoveryAction::Keep`].
    pub keep: usize,
    /// See [`RecoveryAction::Recover`].
    pub recover: usize,
    /// See [`RecoveryAction::Replace`].
    pub replace: usize,
    /// See [`RecoveryAction::Replay`].
    pub replay: usize,
    /// See [`RecoveryAction::LeaveDeleted`].
    pub leave_deleted: usize,
    /// See [`RecoveryAction::ArchiveUnreadable`].
    pub archive_unreadable: usize,
}

/// What a recovery would do with one sermon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedSermon {
    /// The sermon's ID.
    pub video_id: VideoId,
    /// The sermon's title.
    pub title: String,
    /// What happens to the sermon.
    pub action: RecoveryAction,
    /// Where the sermon's best version is.
    pub source: String,
    /// Why that version is the best one.
    pub reason: &'static str,
}

/// What happens to a sermon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryAction {
    /// The sermon's row stays as it is.
    Keep,
    /// The sermon is missing from the database, and is recovered.
    Recover,
    /// A better version replaces the sermon's row, and the old row is moved to the history.
    Replace,
    /// The sermon's best version is in the spool, and is replayed.
    Replay,
    /// The sermon was deleted, and stays deleted.
    LeaveDeleted,
    /// The sermon's row is not a valid document, and there is no other copy. The row is moved to the history.
    ArchiveUnreadable,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// Name of the file.
    pub name: String,
    /// Kind of the file.
    pub kind: SourceKind,
    /// Number of sermons found in the file.
    pub sermons: u64,
    /// Name of the file with the same state that was read instead.
    pub same_as: Option<String>,
    /// What is wrong with the file.
    pub problem: Option<String>,
}

/// What a recovery changes.
#[derive(Debug, Default)]
pub(super) struct PlannedChanges {
    /// The version that each sermon will have.
    pub(super) chosen: BTreeMap<VideoId, ChosenVersion>,
    /// Versions to add to the history, each with the index of its file.
    pub(super) older: HashMap<VideoId, Vec<(Sha256, usize)>>,
    /// Whether any row is added, changed or removed.
    pub(super) changes_rows: bool,
    /// Digest over the chosen versions.
    pub(super) digest: CollectionDigest,
    /// The files that were read.
    pub(super) files: Vec<SurveyedFile>,
}

/// The version that a sermon will have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChosenVersion {
    pub(super) sha256: Sha256,
    pub(super) location: VersionLocation,
}

/// Where a version is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VersionLocation {
    /// In the sermon's row.
    Row,
    /// In the file with this index.
    File(usize),
    /// In the history. Holds the number of the write that created the version.
    History(i64),
}

impl RecoveryPlan {
    /// Returns whether there is anything to do.
    pub fn has_work(&self) -> bool {
        self.needs_repair || self.changes.changes_rows || self.older_versions > 0 || self.counts.replay > 0
    }

    pub(super) fn from_survey(survey: Survey) -> Self {
        let Survey { salvaged, files, sermons, old_databases } = survey;
        let epoch = salvaged.state.as_ref().map(|state| state.epoch);
        let (mut changes, mut counts) = (PlannedChanges::default(), ActionCounts::default());
        let mut planned = Vec::with_capacity(sermons.len());
        for (video_id, sermon) in &sermons {
            let (best, reason) = decide(sermon, epoch);
            let action = changes.choose(video_id, sermon, best);
            counts.add(action);
            planned.push(PlannedSermon {
                video_id: video_id.clone(),
                title: sermon.title.clone(),
                action,
                source: describe_source(best, &files),
                reason: reason.text(),
            });
            changes.add_older_versions(video_id, sermon, reason);
        }
        let sources = files.iter().map(|file| SourceReport {
            name: file.source.name.clone(),
            kind: file.source.kind,
            sermons: file.sermons,
            same_as: file.same_as.clone(),
            problem: file.problem.clone(),
        });
        let sources = sources.collect();
        changes.files = files;
        Self {
            is_new: salvaged.is_new,
            needs_repair: !salvaged.is_new && is_damaged(&salvaged, &sermons),
            state: salvaged.state,
            missing_tables: salvaged.missing_tables,
            problem: salvaged.problem,
            counts,
            older_versions: changes.older.values().map(Vec::len).sum(),
            sources,
            sermons: planned,
            changes,
            _old_databases: old_databases,
        }
    }
}

impl PlannedChanges {
    /// Records the version that a sermon will have, and returns the required action.
    fn choose(&mut self, id: &VideoId, sermon: &SermonEvidence, best: BestVersion) -> RecoveryAction {
        let row = sermon.row.map(|row| ChosenVersion { sha256: row.sha256, location: VersionLocation::Row });
        let (chosen, action) = match best {
            BestVersion::Row => (row, RecoveryAction::Keep),
            // The row stays until the replay replaces it.
            BestVersion::Spool(_) => (row, RecoveryAction::Replay),
            BestVersion::File(version) => {
                let location = VersionLocation::File(version.file);
                let action = if row.is_some() { RecoveryAction::Replace } else { RecoveryAction::Recover };
                (Some(ChosenVersion { sha256: version.sha256, location }), action)
            }
            BestVersion::History(seq, sha256) => {
                let location = VersionLocation::History(seq);
                (Some(ChosenVersion { sha256, location }), RecoveryAction::Recover)
            }
            BestVersion::Deleted => (None, RecoveryAction::LeaveDeleted),
            BestVersion::Unreadable => (None, RecoveryAction::ArchiveUnreadable),
        };
        self.changes_rows |=
            matches!(action, RecoveryAction::Recover | RecoveryAction::Replace | RecoveryAction::ArchiveUnreadable);
        if let Some(chosen) = chosen {
            self.digest.add(id, &chosen.sha256);
            self.chosen.insert(id.clone(), chosen);
        }
        action
    }

    /// Records the versions that would otherwise exist only in files.
    fn add_older_versions(&mut self, id: &VideoId, sermon: &SermonEvidence, reason: Reason) {
        let chosen = self.chosen.get(id).map(|chosen| chosen.sha256);
        let row = sermon.row.map(|row| row.sha256);
        let older: Vec<_> = sermon
            .versions
            .iter()
            .filter(|version| matches!(version.trust, Trust::Standalone | Trust::DatabaseState))
            .filter(|version| Some(version.sha256) != chosen && Some(version.sha256) != row)
            .filter(|version| !sermon.in_history.contains(&version.sha256))
            .map(|version| (version.sha256, version.file))
            .collect();
        // A damaged copy is chosen only if there are no other copies.
        if !older.is_empty() && reason != Reason::OnlyDamagedCopy {
            self.older.insert(id.clone(), older);
        }
    }
}

impl ActionCounts {
    fn add(&mut self, action: RecoveryAction) {
        *match action {
            RecoveryAction::Keep => &mut self.keep,
            RecoveryAction::Recover => &mut self.recover,
            RecoveryAction::Replace => &mut self.replace,
            RecoveryAction::Replay => &mut self.replay,
            RecoveryAction::LeaveDeleted => &mut self.leave_deleted,
            RecoveryAction::ArchiveUnreadable => &mut self.archive_unreadable,
        } += 1;
    }
}

fn describe_source(best: BestVersion, files: &[SurveyedFile]) -> String {
    match best {
        BestVersion::Row | BestVersion::Unreadable => "the database".to_owned(),
        BestVersion::File(version) | BestVersion::Spool(version) => files[version.file].source.name.clone(),
        BestVersion::History(seq, _) => format!("the history (write {seq})"),
        BestVersion::Deleted => "the history".to_owned(),
    }
}

/// Returns whether tables are missing, or rows do not match their checksums or the state.
fn is_damaged(salvaged: &Salvaged, sermons: &BTreeMap<VideoId, SermonEvidence>) -> bool {
    !salvaged.missing_tables.is_empty() || !is_consistent(salvaged.state.as_ref(), sermons)
}

fn is_consistent(state: Option<&StoreState>, sermons: &BTreeMap<VideoId, SermonEvidence>) -> bool {
    let (mut count, mut digest) = (0, CollectionDigest::default());
    for (id, row) in sermons.iter().filter_map(|(id, sermon)| Some((id, sermon.row.as_ref()?))) {
        if !row.intact {
            return false;
        }
        digest.add(id, &row.sha256);
        count += 1;
    }
    state.is_some_and(|state| (state.count, state.digest) == (count, digest))
}
