//! Tracks whether the last save to the database succeeded.

use std::sync::{Mutex, PoisonError};

use crate::store::StoreError;

/// Why the last save failed, if it did.
#[derive(Debug, Default)]
pub(super) struct SaveHealth(Mutex<Option<&'static str>>);

/// The reason that any successful write clears.
const UNAVAILABLE: &str = "the database is unreachable or does not accept writes";

impl SaveHealth {
    /// Records the result of a save.
    pub(super) fn record<T>(&self, result: &Result<T, StoreError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = result.as_ref().err().map(reason);
    }

    /// Records that the database accepts writes. If the last save failed for another reason, that reason remains.
    pub(super) fn record_write(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(|reason| *reason == UNAVAILABLE);
    }

    /// Returns why the last save failed, or `None` if it succeeded or nothing has been saved yet. The text is safe to
    /// publish; the log has the details.
    pub(super) fn problem(&self) -> Option<String> {
        let reason = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reason.map(|reason| format!("saves fail: {reason}; the log has the details"))
    }
}

fn reason(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => UNAVAILABLE,
        StoreError::Conflict(_) => "other writes keep changing the same data",
        StoreError::Corrupt(_) => "the stored data is damaged",
        StoreError::Database(_) => "the database rejected a statement",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_save_is_a_problem_whatever_the_reason_until_the_next_good_one() {
        let health = SaveHealth::default();
        assert_eq!(health.problem(), None);
        for error in [
            StoreError::Unavailable("/secret/path".to_owned()),
            StoreError::Conflict(String::new()),
            StoreError::Corrupt(String::new()),
            StoreError::Database(sqlx::Error::RowNotFound),
        ] {
            health.record::<()>(&Err(error));
            let problem = health.problem().expect("a problem");
            assert!(problem.starts_with("saves fail: ") && !problem.contains("secret"), "{problem}");
        }
        health.record(&Ok(()));
        assert_eq!(health.problem(), None);
    }

    #[test]
    fn a_write_of_another_kind_ends_an_outage_but_no_other_problem() {
        let health = SaveHealth::default();
        health.record::<()>(&Err(StoreError::Corrupt(String::new())));
        health.record_write();
        assert!(health.problem().is_some());
        health.record::<()>(&Err(StoreError::Unavailable(String::new())));
        health.record_write();
        assert_eq!(health.problem(), None);
    }
}
