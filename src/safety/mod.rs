//! Nothing gets lost: durable files, the export that follows the database, the backup before each write, backups,
//! restore, the spool while the database is away.
//!
//! Knows the [`crate::store`] and the file system; knows nothing of YouTube, of jobs, or of HTTP.

pub mod backup;
mod data_dir;
mod drill;
mod durable;
mod export;
pub mod format;
mod integrity;
mod saver;
mod last_export;
mod manifest;
pub mod offsite;
mod pair;
mod pre_write;
pub mod recover;
pub mod restore;
mod shrink_guard;
mod spool;
mod tree;
mod maintenance;

pub use backup::{BackupError, BackupInfo, BackupName, Backups};
pub use data_dir::{DataDir, DataDirError};
pub use drill::{Drill, DrillError, Drilled};
pub use export::{ExportError, ExportReport, ExportStatus, Exporter};
pub use integrity::{Integrity, IntegrityStatus};
pub use saver::{SaveError, Saver, SaveReport, SavedTo};
pub use last_export::{Exported, LastExport};
pub use manifest::{FileSum, Manifest};
pub use offsite::{Offsite, OffsiteError, OffsiteSettings, OffsiteStatus};
pub use recover::{RecoverError, Recovery};
pub use restore::{RestoreError, Restores};
pub use spool::{ReplayError, Replayed, Replayer, Spool, SpoolStatus, write_lost};
pub use tree::{Tree, TreeError, TreeFile, TreeReport};
pub use maintenance::{Task, TaskStatus, Maintenance, MaintenanceSettings};
