//! State shared by all handlers.

use std::sync::Arc;

use axum_extra::extract::cookie::Key;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    heavy::HeavyWork,
    operations::Operations,
    rate_limit::RateLimit,
    reader::SermonReader,
    refusals::{RefusedAttempts, UntrustedProxy},
    response_cache::ResponseCache,
};
use crate::{
    clock::Clock,
    domain::Canon,
    jobs::Jobs,
    safety::{Adoption, Backups, DataDir, DataDirWatch, Exporter, Integrity, LastExport, Maintenance, Restores, Saver},
    store::Store,
    telemetry::metrics::Metrics,
};

/// Maximum number of bulk uploads that are received at the same time. Each takes up to 64 MB of disk space.
const BULK_UPLOADS: usize = 8;

/// Maximum number of wrong tokens per address and minute.
const WRONG_TOKENS_PER_MINUTE: u32 = 10;

/// The services and settings that handlers use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    pub(super) store: Arc<dyn Store>,
    pub(super) reader: Arc<SermonReader>,
    pub(super) jobs: Arc<Jobs>,
    pub(super) exporter: Arc<Exporter>,
    pub(super) saver: Arc<Saver>,
    pub(super) backups: Arc<Backups>,
    pub(super) restores: Restores,
    pub(super) maintenance: Arc<Maintenance>,
    pub(super) integrity: Arc<Integrity>,
    pub(super) adoption: Arc<Adoption>,
    pub(super) operations: Arc<Operations>,
    pub(super) data_dir: DataDir,
    pub(super) data_dir_watch: Arc<DataDirWatch>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Metrics,
    pub(super) shutdown: CancellationToken,
    pub(super) settings: Arc<HttpSettings>,
    pub(super) submissions: Arc<RateLimit>,
    pub(super) wrong_tokens: Arc<RateLimit>,
    pub(super) refused: Arc<RefusedAttempts>,
    pub(super) untrusted_proxy: Arc<UntrustedProxy>,
    pub(super) heavy: Arc<HeavyWork>,
    /// Limits how many requests write full collections at the same time.
    pub(super) exports: Arc<HeavyWork>,
    /// Limits how many bulk uploads are received at the same time.
    pub(super) bulk_uploads: Arc<HeavyWork>,
    pub(super) responses: Arc<ResponseCache>,
    /// Limits how many long transcripts are read at the same time.
    pub(super) long_transcripts: Arc<HeavyWork>,
    /// Limits how many large bodies are handled at the same time.
    pub(super) large_bodies: Arc<HeavyWork>,
}

/// Settings of the web service.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Who may add sermons.
    pub submissions: Submissions,
    /// Number of sermons that one address may add per minute if submissions are open, at least 1.
    pub submissions_per_minute: u32,
    /// The admin's secret.
    pub admin_token: AdminToken,
    /// Number of proxies in front of the server that append to `X-Forwarded-For`. If 0, the header is ignored.
    pub trusted_proxies: u8,
    /// Scheme and host of all absolute links, such as `https://manna.example`, or `None` to use those of each request.
    pub public_origin: Option<String>,
    /// Path that everything is served under, such as `/manna`, or empty for the root.
    pub base_path: String,
    /// Whether search engines may index the pages.
    pub search_engines: SearchEngines,
    /// Which books are part of the manna. Must match the store's setting.
    pub canon: Canon,
    /// Who may read full transcripts.
    pub transcripts: TranscriptAccess,
}

#[cfg(test)]
impl HttpSettings {
    /// Returns settings for unit tests.
    pub(super) fn sample() -> Self {
        Self {
            submissions: Submissions::Open,
            submissions_per_minute: 1,
            admin_token: AdminToken::new("x"),
            trusted_proxies: 0,
            public_origin: None,
            base_path: String::new(),
            search_engines: SearchEngines::Off,
            canon: Canon::default(),
            transcripts: TranscriptAccess::Admin,
        }
    }
}

/// Whether search engines may index the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchEngines {
    /// No. Every response asks them not to.
    #[default]
    Off,
    /// Yes. They may index the public pages, and there is a sitemap.
    On,
}

/// Who may read full transcripts. Excerpts around references and search matches are always public.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TranscriptAccess {
    /// Anyone.
    Public,
    /// Only the admin, because the words belong to the speaker.
    #[default]
    Admin,
    /// Nobody.
    Off,
}

/// Who may add sermons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Submissions {
    /// Anyone, up to the rate limit.
    #[default]
    Open,
    /// Only the admin.
    Admin,
}

/// The admin's secret. It is never displayed and is compared in constant time.
#[derive(Clone)]
pub struct AdminToken {
    sha256: [u8; 32],
    cookie_key: Key,
    is_too_short: bool,
}

impl AdminToken {
    /// Minimum length of a token in characters.
    pub const MIN_LENGTH: usize = 24;

    /// Creates a token from the secret, of which only a checksum and a derived key are stored.
    pub fn new(secret: &str) -> Self {
        let mut key = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC accepts keys of any length");
        key.update(b"mannameter: the key of the admin's cookie");
        Self {
            sha256: Sha256::digest(secret.as_bytes()).into(),
            cookie_key: Key::from(&key.finalize().into_bytes()),
            is_too_short: secret.chars().count() < Self::MIN_LENGTH,
        }
    }

    /// Accepts a token of any length (`--insecure-admin-token`).
    #[must_use]
    pub fn accept_any_length(self) -> Self {
        Self { is_too_short: false, ..self }
    }

    /// Returns whether the token is short enough to be guessed, in which case it is never accepted.
    pub(super) const fn is_too_short(&self) -> bool {
        self.is_too_short
    }

    /// Returns the key of the login cookies. Changing the token invalidates every login.
    pub(super) const fn cookie_key(&self) -> &Key {
        &self.cookie_key
    }

    /// Returns whether `given` is the secret.
    pub fn matches(&self, given: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(given.as_bytes()).into();
        self.sha256.ct_eq(&given).into()
    }
}

impl std::fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminToken(***)")
    }
}

/// The services that [`AppState::new`] needs.
#[derive(Debug)]
pub struct Services {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The job queue.
    pub jobs: Arc<Jobs>,
    /// Writes the export files.
    pub exporter: Arc<Exporter>,
    /// Saves and deletes sermons.
    pub saver: Arc<Saver>,
    /// The backups.
    pub backups: Arc<Backups>,
    /// Restores backups.
    pub restores: Restores,
    /// Background maintenance.
    pub maintenance: Arc<Maintenance>,
    /// Checks that the database still contains what was written.
    pub integrity: Arc<Integrity>,
    /// Adopts the previous system's database.
    pub adoption: Arc<Adoption>,
    /// Tracks long-running admin operations, so that shutdown waits for them.
    pub tasks: TaskTracker,
    /// The data directory.
    pub data_dir: DataDir,
    /// Tracks whether the data directory is writable.
    pub data_dir_watch: Arc<DataDirWatch>,
    /// Source of times and IDs.
    pub clock: Arc<dyn Clock>,
    /// The metrics of this process.
    pub metrics: Metrics,
    /// Canceled at shutdown to close open event streams.
    pub shutdown: CancellationToken,
}

impl AppState {
    /// Creates the state.
    pub fn new(services: Services, settings: HttpSettings) -> Self {
        let Services {
            store,
            jobs,
            exporter,
            saver,
            backups,
            restores,
            maintenance,
            integrity,
            adoption,
            tasks,
            data_dir,
            data_dir_watch,
            clock,
            metrics,
            shutdown,
        } = services;
        let operations = Arc::new(Operations::new(tasks, Arc::clone(&clock)));
        let export = LastExport::new(data_dir.clone(), settings.canon);
        let reader = Arc::new(SermonReader::new(Arc::clone(&store), Arc::clone(&saver), export));
        let submissions = Arc::new(RateLimit::new(settings.submissions_per_minute, Arc::clone(&clock)));
        let wrong_tokens = Arc::new(RateLimit::new(WRONG_TOKENS_PER_MINUTE, Arc::clone(&clock)));
        let settings = Arc::new(settings);
        Self {
            store,
            reader,
            jobs,
            exporter,
            saver,
            backups,
            restores,
            maintenance,
            integrity,
            adoption,
            operations,
            data_dir,
            data_dir_watch,
            clock,
            metrics,
            shutdown,
            settings,
            submissions,
            wrong_tokens,
            refused: Arc::default(),
            untrusted_proxy: Arc::default(),
            heavy: Arc::new(HeavyWork::new()),
            exports: Arc::new(HeavyWork::new()),
            bulk_uploads: Arc::new(HeavyWork::with_permits(BULK_UPLOADS)),
            responses: Arc::new(ResponseCache::new()),
            long_transcripts: Arc::new(HeavyWork::new()),
            large_bodies: Arc::new(HeavyWork::large_bodies()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_only_itself_and_is_never_displayed() {
        let token = AdminToken::new("open sesame");
        assert!(token.matches("open sesame"));
        assert!(!token.matches("open sesam") && !token.matches("") && !token.matches("open sesame "));
        assert_eq!(format!("{token:?}"), "AdminToken(***)");
    }
}
