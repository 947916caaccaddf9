//! Plan tokens: each is valid for one backup file, one state of the data, and ten minutes.

use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256 as Hasher};

use crate::{
    domain::Sha256,
    safety::{DataDir, backup::BackupName, durable},
    store::StoreState,
};

/// How long a plan is valid.
pub(super) const VALID_FOR: Duration = Duration::minutes(10);

/// The key that signs plans. All processes that use a data directory share the key, if it can be stored there.
#[derive(Clone)]
pub(super) struct PlanKey([u8; 32]);

impl std::fmt::Debug for PlanKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlanKey(...)")
    }
}

impl PlanKey {
    /// Returns the key stored in the data directory, or stores a new one. Blocks.
    pub(super) fn load_or_create(data_dir: &DataDir) -> Self {
        let path = data_dir.plan_key_file();
        let read = || std::fs::read_to_string(&path).ok().and_then(|text| Sha256::parse(text.trim()).ok());
        if let Some(key) = read() {
            return Self(*key.as_bytes());
        }
        let key = Self(rand::random());
        if !data_dir.creates_key() {
            return key;
        }
        match durable::create_private(&path, format!("{}\n", hex::encode(key.0)).as_bytes()) {
            Ok(()) => key,
            // Another process stored a key first, or the directory is read-only. If it is read-only, only this process
            // knows the key.
            Err(_) => read().map_or(key, |key| Self(*key.as_bytes())),
        }
    }

    /// Returns the ID of the data directory, which distinguishes the instances that share a database.
    pub(super) fn instance_id(&self) -> String {
        // The prefix keeps the ID distinct from the key. Changing the prefix would change every ID.
        hex::encode(&Hasher::digest([b"place".as_slice(), &self.0].concat())[..16])
    }

    /// Returns the token of a plan, and when the token expires.
    pub(super) fn token(
        &self,
        name: &BackupName,
        file: &Sha256,
        state: &StoreState,
        now: DateTime<Utc>,
    ) -> (String, DateTime<Utc>) {
        let expires_at = now + VALID_FOR;
        let mac = self.mac(name, file, state, expires_at.timestamp()).finalize().into_bytes();
        (format!("{}.{}", expires_at.timestamp(), hex::encode(mac)), expires_at)
    }

    /// Returns whether a token belongs to this plan and has not expired. Compares in constant time.
    pub(super) fn accepts(
        &self,
        token: &str,
        name: &BackupName,
        file: &Sha256,
        state: &StoreState,
        now: DateTime<Utc>,
    ) -> bool {
        let Some((expires_at, mac)) = token.split_once('.') else { return false };
        let (Ok(expires_at), Ok(mac)) = (expires_at.parse::<i64>(), hex::decode(mac)) else { return false };
        self.mac(name, file, state, expires_at).verify_slice(&mac).is_ok() && now.timestamp() <= expires_at
    }

    fn mac(&self, name: &BackupName, file: &Sha256, state: &StoreState, expires_at: i64) -> Hmac<Hasher> {
        let mut mac = Hmac::<Hasher>::new_from_slice(&self.0).expect("HMAC accepts keys of any length");
        mac.update(format!("{name} {file} {} {} {expires_at}", state.epoch, state.seq).as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CollectionDigest;

    #[test]
    fn a_token_is_valid_only_for_its_file_and_state_until_it_expires() {
        let key = PlanKey([7; 32]);
        let name = |seq| BackupName::parse(&format!("database_backup_20260102T030405Z_{seq}.json.b64")).unwrap();
        let state = |epoch, seq| StoreState { epoch, seq, count: 0, digest: CollectionDigest::default() };
        let (file, now) = (Sha256::digest(b"file"), DateTime::UNIX_EPOCH);
        let (token, expires_at) = key.token(&name(1), &file, &state(1, 2), now);
        assert!(key.accepts(&token, &name(1), &file, &state(1, 2), expires_at));
        for (token, name, file, state, now, why) in [
            (token.as_str(), name(1), file, state(1, 2), expires_at + Duration::seconds(1), "expired"),
            (token.as_str(), name(2), file, state(1, 2), now, "another name"),
            (token.as_str(), name(1), Sha256::digest(b"other"), state(1, 2), now, "another file"),
            (token.as_str(), name(1), file, state(1, 3), now, "a write since then"),
            (token.as_str(), name(1), file, state(2, 2), now, "a restore since then"),
            (&token[..token.len() - 2], name(1), file, state(1, 2), now, "truncated"),
            (&format!("9{token}"), name(1), file, state(1, 2), now, "a later expiry"),
            ("", name(1), file, state(1, 2), now, "empty"),
            ("1.zz", name(1), file, state(1, 2), now, "nonsense"),
        ] {
            assert!(!key.accepts(token, &name, &file, &state, now), "{why}");
        }
        assert!(!PlanKey([8; 32]).accepts(&token, &name(1), &file, &state(1, 2), now), "another key");
    }

    #[test]
    fn the_key_is_stored_and_readable_only_by_its_owner() {
        use std::os::unix::fs::MetadataExt as _;
        let directory = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(directory.path()).unwrap();
        assert_eq!(PlanKey::load_or_create(&data_dir).0, PlanKey::load_or_create(&data_dir).0);
        assert_eq!(std::fs::metadata(data_dir.plan_key_file()).unwrap().mode() & 0o777, 0o600);
    }
}
