//! Limits on the numbers in a document. Pages draw these numbers, and statistics add them up.

use serde_json::Number;

use super::{BookMentions, Document, DocumentError, MAX_CORRECTIONS};
use crate::domain::clean_line;

/// Maximum length of a sermon, in seconds: 48 hours.
pub const MAX_SECONDS: f64 = 172_800.0;
/// Maximum number of seconds between the end of the recording and a reference.
const MAX_SECONDS_AFTER_END: f64 = 60.0;
/// Maximum number of mentions.
pub const MAX_COUNT: u64 = 1_000_000;
/// Maximum length of a transcript, in characters.
const MAX_TRANSCRIPT_LENGTH: u64 = 100_000_000;

impl Document {
    /// Checks that every number is within its limit. The error names the field.
    pub fn check_limits(&self) -> Result<(), DocumentError> {
        let exceeds = |field: &str, value: &dyn std::fmt::Display, limit: &dyn std::fmt::Display| {
            Err(DocumentError::Limit { field: field.to_owned(), value: value.to_string(), limit: limit.to_string() })
        };
        if let Some(seconds) = self.duration_seconds.filter(|seconds| !(0.0..=MAX_SECONDS).contains(seconds)) {
            return exceeds("duration_seconds", &seconds, &format_args!("0 to {MAX_SECONDS}"));
        }
        let last = self.last_second();
        if let Some((field, seconds)) = self.times().find(|(_, seconds)| !(0.0..=last).contains(seconds)) {
            return exceeds(field, &seconds, &format_args!("0 to {last}"));
        }
        if let Some((field, count)) = self.count_fields().find(|(_, count)| *count > MAX_COUNT) {
            return exceeds(&field, &count, &MAX_COUNT);
        }
        if self.corrections.len() > MAX_CORRECTIONS {
            return exceeds("corrections", &self.corrections.len(), &MAX_CORRECTIONS);
        }
        if self.transcript_length > MAX_TRANSCRIPT_LENGTH {
            return exceeds("transcript_length", &self.transcript_length, &MAX_TRANSCRIPT_LENGTH);
        }
        Ok(())
    }

    /// Removes times outside the recording and impossible lengths, which damaged captions may have.
    #[must_use]
    pub fn without_impossible_times(mut self) -> Self {
        self.duration_seconds = self.duration_seconds.filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds));
        let last = self.last_second();
        self.remove_times_after(last);
        self
    }

    /// Clamps every number to its limit and cleans single-line text, so that pages can use them. Stored documents may
    /// exceed the limits.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        for text in [&mut self.title, &mut self.channel, &mut self.channel_url, &mut self.location] {
            *text = clean_line(text);
        }
        for text in [&mut self.speaker, &mut self.series].into_iter().flatten() {
            *text = clean_line(text);
        }
        self.duration_seconds = self.duration_seconds.map(|seconds| seconds.clamp(0.0, MAX_SECONDS));
        self.remove_times_after(MAX_SECONDS + MAX_SECONDS_AFTER_END);
        let stats = &mut self.stats;
        let totals = [
            &mut stats.scripture_references,
            &mut stats.suspect_references,
            &mut stats.false_positives,
            &mut stats.total_matches,
        ];
        for count in totals.into_iter().chain(self.counts.values_mut()).chain(self.suspect_counts.values_mut()) {
            *count = (*count).min(MAX_COUNT);
        }
        self.transcript_length = self.transcript_length.min(MAX_TRANSCRIPT_LENGTH);
        self
    }

    /// Returns the latest time that a reference may have, in seconds.
    fn last_second(&self) -> f64 {
        self.duration_seconds.unwrap_or(MAX_SECONDS) + MAX_SECONDS_AFTER_END
    }

    /// Returns all times, each with its field name.
    fn times(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let references = self.references.iter().flatten();
        let references = references.filter_map(|found| Some(("references.start_seconds", found.start_seconds?)));
        let positions = self.positions.values().flat_map(BookMentions::lists).flatten().flatten();
        references.chain(positions.filter_map(|found| Some(("positions.start", found.start.as_ref()?.as_f64()?))))
    }

    /// Returns all counts, each with its field name.
    fn count_fields(&self) -> impl Iterator<Item = (String, u64)> {
        let stats = &self.stats;
        let totals = [
            ("stats.scripture_references", stats.scripture_references),
            ("stats.suspect_references", stats.suspect_references),
            ("stats.false_positives", stats.false_positives),
            ("stats.total_matches", stats.total_matches),
        ];
        let totals = totals.into_iter().map(|(name, count)| (name.to_owned(), count));
        let counts = self.counts.iter().map(|(book, count)| (format!("counts.{book}"), *count));
        totals.chain(counts).chain(self.suspect_counts.iter().map(|(book, n)| (format!("suspect_counts.{book}"), *n)))
    }

    fn remove_times_after(&mut self, last: f64) {
        let is_possible = |seconds: f64| (0.0..=last).contains(&seconds);
        for reference in self.references.iter_mut().flatten() {
            reference.start_seconds = reference.start_seconds.filter(|seconds| is_possible(*seconds));
        }
        for list in self.positions.values_mut().flat_map(BookMentions::lists_mut) {
            for position in list.iter_mut().flatten() {
                position.start = position.start.take().filter(|start| Number::as_f64(start).is_some_and(is_possible));
            }
        }
    }
}

impl BookMentions {
    fn lists(&self) -> [&Vec<Option<super::MentionPosition>>; 4] {
        [&self.valid, &self.suspect, &self.false_positive, &self.not_counted]
    }

    fn lists_mut(&mut self) -> [&mut Vec<Option<super::MentionPosition>>; 4] {
        [&mut self.valid, &mut self.suspect, &mut self.false_positive, &mut self.not_counted]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document(value: Value) -> Document {
        Document::from_legacy("x", value).expect("a document")
    }

    fn with_time(seconds: f64, duration: Option<f64>) -> Value {
        json!({ "duration_seconds": duration, "positions": { "John": { "valid": [{ "start": seconds }] } } })
    }

    #[test]
    fn every_number_beyond_its_limit_is_refused_by_name_and_clamped_for_drawing() {
        for (value, field) in [
            (json!({ "duration_seconds": 1e12 }), "duration_seconds"),
            (json!({ "duration_seconds": -1.0 }), "duration_seconds"),
            (with_time(1e12, None), "positions.start"),
            (with_time(1261.0, Some(1200.0)), "positions.start"),
            (json!({ "counts": { "John": u64::MAX } }), "counts.John"),
            (json!({ "suspect_counts": { "Job": 1_000_001 } }), "suspect_counts.Job"),
            (json!({ "stats": { "scripture_references": i64::MAX } }), "stats.scripture_references"),
            (json!({ "stats": { "total_matches": 1_000_001 } }), "stats.total_matches"),
            (json!({ "transcript_length": u64::MAX }), "transcript_length"),
        ] {
            let document = document(value.clone());
            let error = document.check_limits().expect_err("refused").to_string();
            assert!(error.starts_with(&format!("{field} is ")), "{value}: {error}");
            let clamped = Document { duration_seconds: None, ..document.clamped() };
            assert!(field == "positions.start" || clamped.check_limits().is_ok(), "{value}");
        }
        let largest = json!({
            "duration_seconds": 172_800.0, "counts": { "John": 1_000_000 }, "transcript_length": 100_000_000,
            "positions": { "John": { "valid": [null, { "start": 172_860 }, { "start": null }] } },
        });
        document(largest).check_limits().expect("within the limits");
    }

    #[test]
    fn impossible_times_are_removed_and_the_rest_stays() {
        let kept = |seconds: f64, duration: Option<f64>| {
            let document = document(with_time(seconds, duration)).without_impossible_times();
            document.check_limits().expect("within the limits");
            (
                document.positions["John"].valid[0].as_ref().expect("a position").start.is_some(),
                document.duration_seconds,
            )
        };
        assert_eq!(kept(1260.0, Some(1200.0)), (true, Some(1200.0)));
        assert_eq!(kept(1261.0, Some(1200.0)), (false, Some(1200.0)));
        assert_eq!(kept(1261.0, Some(1e12)), (true, None));
        assert_eq!(kept(1e12, Some(1e12)), (false, None));
    }
}
