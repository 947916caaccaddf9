//! Parses documents, including those from the previous system.

use chrono::{DateTime, NaiveDateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Document, DocumentError, DocumentWarning, Engine, Stats};
use crate::domain::{Reference, VideoId};

impl Document {
    /// Parses a document in any known format, stored under `key` in a map of documents.
    ///
    /// `video_id` and `logs` may be missing: the ID is then `key`, and the log is empty. Null `positions` become empty,
    /// and a `Psalm` key is merged into `Psalms`.
    pub fn from_legacy(key: &str, mut value: Value) -> Result<Self, DocumentError> {
        if let Some(map) = value.as_object_mut() {
            let found = map.get("video_id").and_then(Value::as_str).unwrap_or(key).to_owned();
            if found != key {
                return Err(DocumentError::IdMismatch { key: key.to_owned(), found });
            }
            if !map.get("video_id").is_some_and(Value::is_string) {
                map.shift_insert(0, "video_id".to_owned(), Value::String(found));
            }
        }
        let mut document: Self = serde_json::from_value(value)?;
        document.merge_psalm();
        Ok(document)
    }

    /// Parses only the fields needed for lists and mentions, which is several times faster than parsing the document.
    ///
    /// Skips logs and unknown keys. Also skips positions if the document has references.
    pub fn parse_summary(text: &str) -> Result<Self, DocumentError> {
        let summary: DocumentSummary = serde_json::from_str(text)?;
        if summary.references.is_none() {
            return Ok(serde_json::from_str(text)?);
        }
        Ok(Self {
            title: summary.title,
            channel: summary.channel,
            channel_url: summary.channel_url,
            location: summary.location,
            transcript_length: summary.transcript_length,
            processed_at: summary.processed_at,
            stats: summary.stats,
            counts: summary.counts,
            suspect_counts: summary.suspect_counts,
            references: summary.references,
            engine: summary.engine,
            language: summary.language,
            warnings: summary.warnings,
            published_at: summary.published_at,
            duration_seconds: summary.duration_seconds,
            speaker: summary.speaker,
            speaker_suggested: summary.speaker_suggested,
            series: summary.series,
            ..Self::empty(summary.video_id)
        })
    }

    /// Parses `processed_at`. A time without an offset is in UTC, and an empty time is the Unix epoch.
    pub fn processed_at(&self) -> Result<DateTime<Utc>, DocumentError> {
        let text = self.processed_at.trim();
        if text.is_empty() {
            return Ok(DateTime::UNIX_EPOCH);
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(time.with_timezone(&Utc));
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|naive| naive.and_utc())
            .ok_or_else(|| DocumentError::Time(text.to_owned()))
    }

    /// Merges entries under `Psalm` into `Psalms`.
    fn merge_psalm(&mut self) {
        for counts in [&mut self.counts, &mut self.suspect_counts] {
            if let Some((index, _, count)) = counts.shift_remove_full("Psalm") {
                match counts.get_mut("Psalms") {
                    Some(total) => *total = total.saturating_add(count),
                    None => {
                        counts.shift_insert(index, "Psalms".to_owned(), count);
                    }
                }
            }
        }
        if let Some((index, _, found)) = self.positions.shift_remove_full("Psalm") {
            match self.positions.get_mut("Psalms") {
                Some(all) => {
                    all.valid.extend(found.valid);
                    all.suspect.extend(found.suspect);
                    all.false_positive.extend(found.false_positive);
                    all.not_counted.extend(found.not_counted);
                }
                None => {
                    self.positions.shift_insert(index, "Psalms".to_owned(), found);
                }
            }
        }
    }
}

/// The fields that [`Document::parse_summary`] reads.
#[derive(Deserialize)]
struct DocumentSummary {
    video_id: VideoId,
    #[serde(default, deserialize_with = "null_is_default")]
    title: String,
    #[serde(default, deserialize_with = "null_is_default")]
    channel: String,
    #[serde(default, deserialize_with = "null_is_default")]
    channel_url: String,
    #[serde(default, deserialize_with = "null_is_default")]
    location: String,
    #[serde(default, deserialize_with = "null_is_default")]
    transcript_length: u64,
    #[serde(default, deserialize_with = "null_is_default")]
    processed_at: String,
    #[serde(default, deserialize_with = "null_is_default")]
    stats: Stats,
    #[serde(default, deserialize_with = "null_is_default")]
    counts: IndexMap<String, u64>,
    #[serde(default, deserialize_with = "null_is_default")]
    suspect_counts: IndexMap<String, u64>,
    #[serde(default)]
    references: Option<Vec<Reference>>,
    #[serde(default)]
    engine: Option<Engine>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    warnings: Vec<DocumentWarning>,
    #[serde(default)]
    published_at: Option<String>,
    #[serde(default)]
    duration_seconds: Option<f64>,
    #[serde(default)]
    speaker: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    speaker_suggested: bool,
    #[serde(default)]
    series: Option<String>,
}

/// Deserializes `null` as the default value.
pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn a_document_with_eleven_keys_gets_its_id_from_the_map() {
        let value = json!({"title": "T", "processed_at": "2025-12-05 11:28:13.897205", "positions": null, "stats": {"total_matches": 2, "other": 1}});
        let document = Document::from_legacy("DBTEST456", value).expect("a legacy shape");
        assert_eq!(document.video_id.as_str(), "DBTEST456");
        assert_eq!(document.processed_at().expect("a naive time").to_rfc3339(), "2025-12-05T11:28:13.897205+00:00");
        assert_eq!(document.stats.extra["other"], 1);
        assert!(document.positions.is_empty() && document.logs.is_empty());
    }

    #[test]
    fn psalm_and_psalms_are_merged_and_nothing_is_lost() {
        let here = json!({"start": 7, "context": "c", "text": "t", "matched_pattern": "in"});
        let value = json!({
            "counts": {"Job": 1, "Psalm": 2, "Psalms": 3}, "suspect_counts": {"Psalm": 1},
            "positions": {"Psalm": {"valid": [here]}, "Psalms": {"valid": [here], "suspect": null}},
        });
        let document = Document::from_legacy("x", value).expect("a legacy shape");
        assert_eq!(document.counts, IndexMap::from([("Job".to_owned(), 1), ("Psalms".to_owned(), 5)]));
        assert_eq!(document.suspect_counts["Psalms"], 1);
        assert_eq!(document.positions["Psalms"].valid.len(), 2);
        assert_eq!(
            document.positions["Psalms"].valid[0].as_ref().and_then(|found| found.start.clone()),
            Some(7.into())
        );
    }

    #[test]
    fn a_summary_equals_the_whole_document_without_the_skipped_fields() {
        let reference = json!({
            "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
            "kind": "explicit", "class": "confirmed", "start_seconds": 1.5, "start_char": 0, "end_char": 4,
            "text": "t", "context": "c", "evidence": [], "repaired": false, "anchor": null,
        });
        let value = json!({
            "video_id": "x", "title": "T", "channel": "C", "channel_url": "u", "location": null, "transcript_length": 7,
            "processed_at": "2026-01-02T03:04:05Z", "stats": {"scripture_references": 1}, "published_at": "2026-01-01",
            "positions": {"John": {"valid": [{"start": 1}]}}, "logs": ["l"], "references": [reference],
            "engine": {"name": "e", "version": "1"}, "duration_seconds": 60.5, "mine": 1,
        });
        let whole = Document::from_legacy("x", value.clone()).expect("a document");
        let read = Document::parse_summary(&value.to_string()).expect("a document");
        let expected = Document { positions: IndexMap::new(), logs: Vec::new(), extra: Map::new(), ..whole };
        assert_eq!(read, expected);
        let mut without = value;
        without.as_object_mut().expect("an object").remove("references");
        let read = Document::parse_summary(&without.to_string()).expect("a document");
        assert_eq!(read.positions["John"].valid.len(), 1, "mentions come from the positions");
    }

    #[test]
    fn a_null_mention_is_kept() {
        let value = json!({"positions": {"Job": {"valid": [null, {"start": 1}], "suspect": null}}});
        let document = Document::from_legacy("x", value).expect("a legacy shape");
        assert_eq!(document.positions["Job"].valid[0], None);
        assert_eq!(document.positions["Job"].valid.len(), 2);
    }

    #[test]
    fn a_document_under_another_key_is_rejected() {
        let error = Document::from_legacy("a", json!({"video_id": "b"})).expect_err("two ids");
        assert_eq!(error.to_string(), r#"the document under the key "a" has the video_id "b""#);
    }

    #[test]
    fn a_round_trip_preserves_unknown_keys_and_the_form_of_numbers() {
        let text = r#"{"video_id":"a","title":"","channel":"","channel_url":"","location":"","transcript_length":1,"processed_at":"","stats":{"scripture_references":0,"suspect_references":0,"false_positives":0,"total_matches":0},"counts":{},"suspect_counts":{},"positions":{"Job":{"valid":[{"start":2212,"context":"c","text":"t","matched_pattern":null},{"start":695.519,"context":"c","text":"t","matched_pattern":"in"},null],"suspect":[],"false_positive":[],"not_counted":[]}},"logs":[],"mine":{"z":1,"a":[1.10]}}"#;
        let document = Document::from_legacy("a", serde_json::from_str(text).expect("JSON")).expect("a document");
        assert_eq!(document.to_json(), text.replace("1.10", "1.1"));
    }
}
