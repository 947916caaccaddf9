//! Converts a row of the previous system's `video` table to a document.

use serde_json::{Map, Value, json};

use super::{Document, DocumentError};

/// The columns that hold JSON, and the document keys they become.
const JSON_COLUMNS: [(&str, &str); 4] = [
    ("counts_data", "counts"),
    ("suspect_counts_data", "suspect_counts"),
    ("positions_data", "positions"),
    ("logs_data", "logs"),
];

/// The columns that become the values of `stats`.
const STATS: [&str; 4] = ["scripture_references", "suspect_references", "false_positives", "total_matches"];

/// The other columns that become document keys. The table also has a numeric `id`, which nothing refers to.
const COLUMNS: [&str; 7] =
    ["video_id", "title", "channel", "channel_url", "location", "transcript_length", "processed_at"];

/// Document keys that the previous system did not have. A column with such a name has a different meaning.
const OUR_KEYS: [&str; 17] = [
    "references",
    "engine",
    "source",
    "language",
    "published_at",
    "duration_seconds",
    "speaker",
    "speaker_suggested",
    "series",
    "edited",
    "corrections",
    "as_measured",
    "stats",
    "counts",
    "suspect_counts",
    "positions",
    "logs",
];

impl Document {
    /// Converts a row of the previous system's table. Columns may be missing, and unknown columns become unknown keys.
    ///
    /// Returns the same document that [`Document::from_legacy`] returns for the sermon in a backup of that system.
    pub fn from_old_table(mut columns: Map<String, Value>) -> Result<Self, DocumentError> {
        columns.remove("id");
        let mut document = Map::new();
        for name in COLUMNS {
            document.insert(name.to_owned(), columns.shift_remove(name).unwrap_or_default());
        }
        let Some(Value::String(id)) = document.get("video_id").cloned() else {
            return Err(DocumentError::Column { column: "video_id".to_owned(), reason: "it is empty".to_owned() });
        };
        if let Some(Value::String(time)) = document.get_mut("processed_at") {
            *time = as_written(time);
        }
        let mut stats = Map::new();
        for name in STATS {
            let value = columns.shift_remove(&format!("stats_{name}")).unwrap_or_default();
            stats.insert(name.to_owned(), if value.is_null() { json!(0) } else { value });
        }
        document.insert("stats".to_owned(), Value::Object(stats));
        for (column, key) in JSON_COLUMNS {
            document.insert(key.to_owned(), parse(column, columns.shift_remove(column).unwrap_or_default())?);
        }
        for (name, value) in columns {
            // Text in a column named `speaker` or `series` can only be a name.
            let is_name = matches!(name.as_str(), "speaker" | "series") && value.is_string();
            let name = if OUR_KEYS.contains(&name.as_str()) && !is_name { format!("old_{name}") } else { name };
            document.insert(name, value);
        }
        let document = Self::from_legacy(&id, Value::Object(document))?;
        document.processed_at()?;
        Ok(document)
    }
}

/// Parses a column that holds JSON, either as text or as the JSON type.
fn parse(column: &str, value: Value) -> Result<Value, DocumentError> {
    match value {
        Value::String(text) if text.trim().is_empty() => Ok(Value::Null),
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|error| DocumentError::Column { column: column.to_owned(), reason: format!("not JSON: {error}") }),
        value => Ok(value),
    }
}

/// Returns a time in the format that the previous system wrote: `2025-12-05 11:28:13.897205`, in UTC.
///
/// PostgreSQL returns the time with a `T`. The document must not depend on which database the sermon came from.
fn as_written(time: &str) -> String {
    let is_naive = time.len() >= 19 && time.as_bytes()[19..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_naive && time.as_bytes()[10] == b'T' { time.replacen('T', " ", 1) } else { time.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(changes: Value) -> Map<String, Value> {
        let Value::Object(mut row) = json!({
            "id": 7, "video_id": "x", "title": "T", "channel": "C", "channel_url": null, "location": "",
            "transcript_length": 65244, "processed_at": "2025-12-05T11:28:13.897205", "stats_scripture_references": 2,
            "stats_suspect_references": null, "stats_false_positives": 1, "stats_total_matches": 3,
            "counts_data": "{\"John\": 2}", "suspect_counts_data": null,
            "positions_data": "{\"John\": {\"valid\": [null, {\"start\": 1.5}]}}", "logs_data": "[]",
        }) else {
            unreachable!("an object")
        };
        let Value::Object(changes) = changes else { unreachable!("an object") };
        row.extend(changes);
        row
    }

    #[test]
    fn a_row_becomes_the_document_that_a_backup_of_it_has() {
        let backup = json!({
            "video_id": "x", "title": "T", "channel": "C", "channel_url": null, "location": "",
            "transcript_length": 65244, "processed_at": "2025-12-05 11:28:13.897205",
            "stats": {"scripture_references": 2, "suspect_references": 0, "false_positives": 1, "total_matches": 3},
            "counts": {"John": 2}, "suspect_counts": null,
            "positions": {"John": {"valid": [null, {"start": 1.5}]}}, "logs": [],
        });
        let from_row = Document::from_old_table(row(json!({}))).expect("a document");
        assert_eq!(from_row, Document::from_legacy("x", backup).expect("a document"));
        assert_eq!(from_row.positions["John"].valid[0], None);
    }

    #[test]
    fn missing_columns_are_empty_and_unknown_columns_are_kept() {
        let Value::Object(few) = json!({"video_id": "x", "counts_data": {"Job": 1}, "notes": "n", "language": 7})
        else {
            unreachable!("an object")
        };
        let document = Document::from_old_table(few).expect("a document");
        assert_eq!((document.counts["Job"], document.title.as_str(), document.logs.len()), (1, "", 0));
        assert_eq!((&document.extra["notes"], &document.extra["old_language"]), (&json!("n"), &json!(7)));
        assert_eq!(document.language, None);
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said() {
        for (changes, message) in [
            (json!({"video_id": null}), "the column video_id: it is empty"),
            (json!({"video_id": "has spaces"}), "not a video ID"),
            (json!({"counts_data": "{\"John\""}), "the column counts_data: not JSON"),
            (json!({"counts_data": "[1, 2]"}), "expected a map"),
            (json!({"positions_data": "{\"John\": {\"valid\": 3}}"}), "expected a sequence"),
            (json!({"logs_data": "{}"}), "expected a sequence"),
            (json!({"title": 5}), "expected a string"),
            (json!({"stats_total_matches": -1}), "-1"),
            (json!({"processed_at": "yesterday"}), "processed_at is not a time"),
        ] {
            let error = Document::from_old_table(row(changes)).expect_err(message).to_string();
            assert!(error.contains(message), "{message:?} in {error}");
        }
    }

    #[test]
    fn only_a_naive_time_changes_its_form() {
        for (time, written) in [
            ("2025-12-05T11:28:13.897205", "2025-12-05 11:28:13.897205"),
            ("2025-12-05T11:28:13", "2025-12-05 11:28:13"),
            ("2025-12-05T11:28:13+00:00", "2025-12-05T11:28:13+00:00"),
            ("2025-12-05 11:28:13", "2025-12-05 11:28:13"),
            ("", ""),
        ] {
            assert_eq!(as_written(time), written);
        }
    }
}
