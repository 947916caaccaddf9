//! Keeps sermons safe: durable files, the export, safety backups, backups, restore, recovery, and the spool.
//!
//! This layer uses [`crate::store`] and the file system. It does not depend on YouTube, jobs or HTTP.

mod adoption;
pub mod backup;
mod data_dir;
mod data_dir_watch;
mod document_channel;
mod drill;
mod durable;
mod export;
pub mod format;
mod integrity;
mod last_export;
mod maintenance;
mod manifest;
pub mod offsite;
mod output_dir;
mod plural;
mod pre_write;
mod presence;
pub mod recover;
pub mod restore;
mod revise;
mod save_health;
mod saver;
mod shrink_guard;
mod spool;

pub use adoption::{
    Adoption, AdoptionError, AdoptionStatus, CopiedRows, CopyError, OldDatabase, OldDatabaseState, OldDatabases,
};
pub use backup::{BackupError, BackupInfo, BackupName, Backups};
pub use data_dir::{DataDir, DataDirError};
pub use data_dir_watch::DataDirWatch;
pub use drill::{Drill, DrillError, DrillReport};
pub use export::{ExportError, ExportReport, ExportStatus, Exporter};
pub use integrity::{Integrity, IntegrityStatus};
pub use last_export::{Exported, LastExport};
pub use maintenance::{Maintenance, MaintenanceSettings, MaintenanceTask, TaskStatus};
pub use manifest::{FileChecksum, Manifest};
pub use offsite::{Offsite, OffsiteError, OffsiteSettings, OffsiteStatus};
pub use output_dir::{OutputDir, OutputError, OutputFile, OutputReport};
pub use presence::Presence;
pub use recover::{RecoverError, Recovery};
pub use restore::{RestoreError, Restores};
pub use revise::{ReviseError, Revised, RevisionRequest, SermonChange};
pub use saver::{SaveError, SaveReport, SavedTo, Saver};
pub use spool::{ReplayError, ReplayReport, Replayer, Spool, SpoolStatus, write_lost_sermon};
