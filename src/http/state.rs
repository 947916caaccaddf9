//! What every handler may use.

use std::sync::Arc;

use axum_extra::extract::cookie::Key;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{fallback::Reads, limits::RateLimit, operations::Operations};
use crate::{
    clock::Clock,
    jobs::Jobs,
    safety::{Backups, DataDir, Exporter, Integrity, Saver, LastExport, Restores, Maintenance},
    store::Store,
};

/// Wrong tokens that an address may try in a minute.
const WRONG_TOKENS_A_MINUTE: u32 = 10;

/// What handlers work with; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    pub(super) store: Arc<dyn Store>,
    pub(super) reads: Arc<Reads>,
    pub(super) jobs: Arc<Jobs>,
    pub(super) exporter: Arc<Exporter>,
    pub(super) saver: Arc<Saver>,
    pub(super) backups: Arc<Backups>,
    pub(super) restores: Restores,
    pub(super) maintenance: Arc<Maintenance>,
    pub(super) integrity: Arc<Integrity>,
    pub(super) operations: Arc<Operations>,
    pub(super) data_dir: DataDir,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) shutdown: CancellationToken,
    pub(super) settings: Arc<HttpSettings>,
    pub(super) submissions: Arc<RateLimit>,
    pub(super) wrong_tokens: Arc<RateLimit>,
}

/// What the operator sets about the web service.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Who may add sermons.
    pub submissions: Submissions,
    /// Videos that one address may add in a minute, when anybody may.
    pub submissions_per_minute: u32,
    /// Opens the admin routes.
    pub admin_token: AdminToken,
    /// Number of proxies in front of us that append to `X-Forwarded-For`; 0: the header is not believed.
    pub trusted_proxies: u8,
}

/// Who may add sermons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Submissions {
    /// Anybody, so many a minute.
    #[default]
    Open,
    /// Only who has the admin token.
    Admin,
}

/// The secret of the operator. It is never shown, and compared in constant time.
#[derive(Clone)]
pub struct AdminToken {
    sha256: [u8; 32],
    cookie_key: Key,
}

impl AdminToken {
    /// Takes the secret; only its checksum and the key that is derived from it are kept.
    pub fn new(secret: &str) -> Self {
        let mut key = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
        key.update(b"mannameter: the key of the admin's cookie");
        Self { sha256: Sha256::digest(secret.as_bytes()).into(), cookie_key: Key::from(&key.finalize().into_bytes()) }
    }

    /// Seals the cookie of the login page: with another token, no cookie of before is worth anything.
    pub(super) const fn cookie_key(&self) -> &Key {
        &self.cookie_key
    }

    /// Whether this is the secret.
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

/// The parts that [`AppState::new`] puts together.
#[derive(Debug)]
pub struct Services {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// The queue.
    pub jobs: Arc<Jobs>,
    /// The export files.
    pub exporter: Arc<Exporter>,
    /// The only way to delete.
    pub saver: Arc<Saver>,
    /// The backups.
    pub backups: Arc<Backups>,
    /// What replaces everything by a backup.
    pub restores: Restores,
    /// What is done by itself.
    pub maintenance: Arc<Maintenance>,
    /// Whether the database holds what was written.
    pub integrity: Arc<Integrity>,
    /// Long work of the admin runs on it, so that shutting down waits for it.
    pub tasks: TaskTracker,
    /// Where the files are.
    pub data_dir: DataDir,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// Canceled when the program ends: answers that go on for long end then.
    pub shutdown: CancellationToken,
}

impl AppState {
    /// Puts the parts together.
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
            tasks,
            data_dir,
            clock,
            shutdown,
        } = services;
        let operations = Arc::new(Operations::new(tasks, Arc::clone(&clock)));
        let export = LastExport::new(data_dir.clone());
        let reads = Arc::new(Reads::new(Arc::clone(&store), Arc::clone(&saver), export));
        let submissions = Arc::new(RateLimit::new(settings.submissions_per_minute));
        let wrong_tokens = Arc::new(RateLimit::new(WRONG_TOKENS_A_MINUTE));
        let settings = Arc::new(settings);
        Self {
            store,
            reads,
            jobs,
            exporter,
            saver,
            backups,
            restores,
            maintenance,
            integrity,
            operations,
            data_dir,
            clock,
            shutdown,
            settings,
            submissions,
            wrong_tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_opens_to_itself_alone_and_is_never_shown() {
        let token = AdminToken::new("open sesame");
        assert!(token.matches("open sesame"));
        assert!(!token.matches("open sesam") && !token.matches("") && !token.matches("open sesame "));
        assert_eq!(format!("{token:?}"), "AdminToken(***)");
    }
}
