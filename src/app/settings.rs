//! Converts the program's [`Settings`] to the settings of each component.

use std::path::PathBuf;

use anyhow::Context as _;
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    config::{DatabasePooler, SearchEngineAccess, Settings, SubmissionAccess, Switch, TranscriptReaders},
    domain::Sha256,
    http::{AdminToken, HttpSettings, SearchEngines, Submissions, TranscriptAccess},
    safety::{MaintenanceSettings, OldDatabases},
    store::{ConnectError, DatabaseSettings, LegacyDatabase, Pooler},
    youtube::{self, ProxyUrl},
};

/// Returns the settings of the database.
pub(super) fn database(settings: &Settings) -> DatabaseSettings {
    let pooler = match settings.database_pooler {
        DatabasePooler::Auto => Pooler::Auto,
        DatabasePooler::Off => Pooler::Off,
        DatabasePooler::Transaction => Pooler::Transaction,
    };
    DatabaseSettings { pooler, canon: settings.canon, ..DatabaseSettings::new(settings.database_url().expose_secret()) }
}

/// Returns the settings of the YouTube client.
pub(super) fn youtube(settings: &Settings) -> anyhow::Result<youtube::Settings> {
    let mut youtube = youtube::Settings {
        base_url: youtube::Settings::parse_base_url(&settings.youtube_base_url).context("YOUTUBE_BASE_URL")?,
        churches: settings.church_channels.iter().cloned().collect(),
        api_key: settings.youtube_api_key().cloned(),
        ..youtube::Settings::default()
    };
    if let Some(clients) = settings.youtube_clients() {
        youtube.clients = youtube::parse_clients(clients).context("YOUTUBE_CLIENTS")?;
    }
    if let Some(proxy) = settings.rotating_proxy() {
        youtube.rotating_proxy = Some(ProxyUrl::parse(proxy.expose_secret()).context("ROTATING_PROXY")?);
    }
    if let Some(proxies) = settings.proxy_list() {
        youtube.proxy_list = ProxyUrl::parse_list(proxies.expose_secret()).context("PROXY_LIST")?;
    }
    Ok(youtube)
}

/// Returns the intervals of the maintenance tasks.
pub(super) fn maintenance(settings: &Settings) -> MaintenanceSettings {
    let [backup, drill, scrub, cleanup] =
        settings.maintenance_hours().map(|hours| hours.map(|hours| TimeDelta::hours(hours.into())));
    MaintenanceSettings { backup, drill, scrub, cleanup }
}

/// Returns the locations where the previous system may have left its database.
pub(super) fn old_databases(settings: &Settings, database: &DatabaseSettings) -> Result<OldDatabases, ConnectError> {
    let (configured, elsewhere) = settings.old_database_files();
    let files = |files: Vec<PathBuf>| files.into_iter().map(|file| LegacyDatabase::file(&file));
    Ok(OldDatabases {
        configured: std::iter::once(LegacyDatabase::at(database)?).chain(files(configured)).collect(),
        elsewhere: files(elsewhere).collect(),
        adopt: settings.adopt_old_database == Switch::On,
    })
}

/// Returns the settings of the web service.
pub(super) fn http(settings: &Settings, admin_token: &SecretString) -> HttpSettings {
    let token = AdminToken::new(admin_token.expose_secret());
    HttpSettings {
        submissions: match settings.submissions {
            SubmissionAccess::Open => Submissions::Open,
            SubmissionAccess::Admin => Submissions::Admin,
        },
        submissions_per_minute: settings.submissions_per_minute,
        admin_token: if settings.insecure_admin_token { token.accept_any_length() } else { token },
        trusted_proxies: settings.trusted_proxies,
        search_engines: match settings.search_engines {
            SearchEngineAccess::Off => SearchEngines::Off,
            SearchEngineAccess::On => SearchEngines::On,
        },
        transcripts: match settings.show_transcripts {
            TranscriptReaders::Public => TranscriptAccess::Public,
            TranscriptReaders::Admin => TranscriptAccess::Admin,
            TranscriptReaders::Off => TranscriptAccess::Off,
        },
        public_origin: settings.public_origin(),
        base_path: settings.base_path(),
        canon: settings.canon,
    }
}

/// Returns an identifier of this build of the program, based on the length and modification time of the binary.
pub(super) fn build_id() -> Sha256 {
    let metadata = std::env::current_exe().and_then(std::fs::metadata);
    let stamp = metadata.map(|metadata| format!("{} {:?}", metadata.len(), metadata.modified().ok()));
    Sha256::digest(stamp.unwrap_or_default().as_bytes())
}
