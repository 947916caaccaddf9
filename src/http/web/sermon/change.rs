//! The note for the admin about the last submission that changed a sermon.

use super::format;
use crate::store::AuditEntry;

/// The last submission that changed a sermon.
#[derive(Debug)]
pub(super) struct Change {
    /// What happened and when, such as `Replaced on 31 May 2026 by a visitor at 192.0.2.7`.
    pub(super) text: String,
}

impl Change {
    pub(super) fn new(entry: &AuditEntry) -> Self {
        let what = match (entry.action.as_str(), entry.detail["source"].as_str()) {
            ("video.fill", _) => "Empty fields were filled",
            (_, Some("youtube")) => "Replaced by a fetch from YouTube",
            _ => "Replaced by another transcript",
        };
        let who = match (entry.actor.as_str(), entry.actor.strip_prefix("token:")) {
            ("admin", _) => "an admin".to_owned(),
            ("cli", _) => "the command line".to_owned(),
            (_, Some(token)) => format!("the token “{token}”"),
            _ => "a visitor".to_owned(),
        };
        let address = entry.detail["address"].as_str().map(|address| format!(" at {address}")).unwrap_or_default();
        Self { text: format!("{what} on {}, submitted by {who}{address}", format::date(entry.at)) }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    /// Returns the audit entry of a visitor's submission that was fetched from YouTube.
    pub(in super::super) fn entry() -> AuditEntry {
        AuditEntry {
            id: Uuid::nil(),
            at: DateTime::UNIX_EPOCH + TimeDelta::days(20_604),
            actor: "public".to_owned(),
            action: "video.replace".to_owned(),
            subject: "sErm0n_Tst1".to_owned(),
            detail: json!({ "address": "192.0.2.7", "source": "youtube", "seq": 7 }),
        }
    }

    #[test]
    fn the_note_says_what_happened_when_and_by_whom() {
        let text = |entry: AuditEntry| Change::new(&entry).text;
        assert_eq!(
            text(entry()),
            "Replaced by a fetch from YouTube on May 31, 2026, submitted by a visitor at 192.0.2.7"
        );
        let local =
            AuditEntry { actor: "cli".to_owned(), detail: json!({ "address": null, "source": "upload" }), ..entry() };
        assert_eq!(text(local), "Replaced by another transcript on May 31, 2026, submitted by the command line");
    }
}
