//! Applications that run on scratch data and never touch the real data directory or the real database.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;

use super::{App, settings};
use crate::{
    blocking::blocking,
    clock::{Clock as _, SystemClock},
    config::Settings,
    safety::{DataDir, OldDatabases},
    store::{self, DatabaseSettings, ScratchDatabases, Store},
};

/// Creates applications, each with a separate directory and a separate scratch database of the configured kind.
#[derive(Debug)]
pub struct ScratchApps {
    settings: Settings,
    databases: ScratchDatabases,
    directory: PathBuf,
    /// Prefix of the database names. It contains the time, which restore drills use to find and remove leftovers.
    prefix: String,
    names: Vec<String>,
}

impl ScratchApps {
    /// Uses a new subdirectory of the data directory, so that scratch data is on the same disk as the real data.
    pub fn new(settings: &Settings) -> Self {
        let id = rand::random::<u32>();
        Self {
            settings: settings.clone(),
            databases: ScratchDatabases::new(settings::database(settings)),
            directory: settings.data_dir().join(format!(".selftest-{id:08x}")),
            prefix: format!("{:x}_selftest_{id:08x}", SystemClock.now().timestamp()),
            names: Vec::new(),
        }
    }

    /// Creates an application with an empty database. `name` must consist of lowercase letters.
    pub async fn create(&mut self, name: &str) -> anyhow::Result<App> {
        let data_dir = self.data_dir(name).await?;
        let database = format!("{}_{name}", self.prefix);
        self.names.push(database.clone());
        let store = self.databases.create(&database, &data_dir.sqlite_database()).await;
        self.build(data_dir, store.context("could not create a scratch database")?)
    }

    /// Creates an application that shares another application's data directory and has an unreachable database.
    pub async fn create_without_database(&self, name: &str) -> anyhow::Result<App> {
        let data_dir = self.data_dir(name).await?;
        let url = format!("sqlite://{}", self.directory.join("unreachable.db").display());
        let store = store::connect(&DatabaseSettings::new(url))?;
        store.close().await;
        self.build(data_dir, store)
    }

    async fn data_dir(&self, name: &str) -> anyhow::Result<DataDir> {
        let path = self.directory.join(name);
        blocking(move || Ok(DataDir::open(&path)?)).await
    }

    fn build(&self, data_dir: DataDir, store: Arc<dyn Store>) -> anyhow::Result<App> {
        // The sermons of old databases are not part of the scratch data.
        let contents = (store, OldDatabases::default());
        let database = settings::database(&self.settings);
        App::build(&self.settings, data_dir.into(), database, contents, None)
    }

    /// Removes the directory and the databases. The applications must have been closed.
    pub async fn remove(self) -> anyhow::Result<()> {
        let directory = self.directory;
        let removing = blocking(move || match std::fs::remove_dir_all(&directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed.with_context(|| format!("could not remove {}", directory.display())),
        });
        removing.await?;
        for name in &self.names {
            self.databases.drop_database(name).await?;
        }
        Ok(())
    }
}
