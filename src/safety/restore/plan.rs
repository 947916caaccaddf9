//! The token of a plan: that this file would be restored over this state of the data, and until when that holds.

use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256 as Hasher};

use crate::{
    domain::Sha256,
    safety::{DataDir, backup::BackupName, durable},
    store::StoreState,
};

/// How long a plan holds.
pub(super) const VALID_FOR: Duration = Duration::minutes(10);

/// Signs plans; the same for every process on a data directory, as long as the key can be kept there.
#[derive(Clone)]
pub(super) struct PlanKey([u8; 32]);

impl std::fmt::Debug for PlanKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlanKey(...)")
    }
}

impl PlanKey {
    /// The key that is kept in the data directory, or a new one. Blocks.
    pub(super) fn of(data_dir: &DataDir) -> Self {
        let path = data_dir.plan_key_file();
        let read = || std::fs::read_to_string(&path).ok().and_then(|text| Sha256::parse(text.trim()).ok());
        if let Some(key) = read() {
            return Self(*key.as_bytes());
        }
        let key = Self(rand::random());
        match durable::create_private(&path, format!("{}\n", hex::encode(key.0)).as_bytes()) {
            Ok(()) => key,
            // Another process was faster, or the directory cannot be written: then the key is of this process alone.
            Err(_) => read().map_or(key, |key| Self(*key.as_bytes())),
        }
    }

    /// Names the data directory among those that share a database.
    pub(super) fn place(&self) -> String {
        hex::encode(&Hasher::digest([b"place".as_slice(), &self.0].concat())[..16])
    }

    /// The token of a plan, and until when it holds.
    pub(super) fn token(
        &self,
        name: &BackupName,
        file: &Sha256,
        state: &StoreState,
        now: DateTime<Utc>,
    ) -> (String, DateTime<Utc>) {
        let until = now + VALID_FOR;
        let mac = self.mac(name, file, state, until.timestamp()).finalize().into_bytes();
        (format!("{}.{}", until.timestamp(), hex::encode(mac)), until)
    }

    /// Whether a token is of this plan and still holds. Takes the same time for every wrong one.
    pub(super) fn accepts(
        &self,
        token: &str,
        name: &BackupName,
        file: &Sha256,
        state: &StoreState,
        now: DateTime<Utc>,
    ) -> bool {
        let Some((until, mac)) = token.split_once('.') else { return false };
        let (Ok(until), Ok(mac)) = (until.parse::<i64>(), hex::decode(mac)) else { return false };
        self.mac(name, file, state, until).verify_slice(&mac).is_ok() && now.timestamp() <= until
    }

    fn mac(&self, name: &BackupName, file: &Sha256, state: &StoreState, until: i64) -> Hmac<Hasher> {
        let mut mac = Hmac::<Hasher>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(format!("{name} {file} {} {} {until}", state.epoch, state.seq).as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CollectionDigest;

    #[test]
    fn a_token_holds_for_its_file_its_state_and_its_time_alone() {
        let key = PlanKey([7; 32]);
        let name = |seq| BackupName::parse(&format!("database_backup_20260102T030405Z_{seq}.json.b64")).unwrap();
        let state = |epoch, seq| StoreState { epoch, seq, count: 0, digest: CollectionDigest::default() };
        let (file, now) = (Sha256::of(b"file"), DateTime::UNIX_EPOCH);
        let (token, until) = key.token(&name(1), &file, &state(1, 2), now);
        assert!(key.accepts(&token, &name(1), &file, &state(1, 2), until));
        for (token, name, file, state, now, why) in [
            (token.as_str(), name(1), file, state(1, 2), until + Duration::seconds(1), "too late"),
            (token.as_str(), name(2), file, state(1, 2), now, "another name"),
            (token.as_str(), name(1), Sha256::of(b"other"), state(1, 2), now, "another file"),
            (token.as_str(), name(1), file, state(1, 3), now, "a write meanwhile"),
            (token.as_str(), name(1), file, state(2, 2), now, "a restore meanwhile"),
            (&token[..token.len() - 2], name(1), file, state(1, 2), now, "cut"),
            (&format!("9{token}"), name(1), file, state(1, 2), now, "a later time"),
            ("", name(1), file, state(1, 2), now, "none"),
            ("1.zz", name(1), file, state(1, 2), now, "nonsense"),
        ] {
            assert!(!key.accepts(token, &name, &file, &state, now), "{why}");
        }
        assert!(!PlanKey([8; 32]).accepts(&token, &name(1), &file, &state(1, 2), now), "another key");
    }

    #[test]
    fn the_key_is_kept_and_is_its_users_alone() {
        use std::os::unix::fs::MetadataExt as _;
        let directory = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(directory.path()).unwrap();
        assert_eq!(PlanKey::of(&data_dir).0, PlanKey::of(&data_dir).0);
        assert_eq!(std::fs::metadata(data_dir.plan_key_file()).unwrap().mode() & 0o777, 0o600);
    }
}
