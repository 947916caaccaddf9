//! The document of one sermon: the JSON that is stored, exported and served.

use chrono::{DateTime, NaiveDateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

use scripture_detector::{Analysis, Book, Class, NamedMention};

use super::{Reference, VideoId};

/// The name of the detector in documents.
const ENGINE_NAME: &str = "mannameter-detector";

/// Everything known about one sermon.
///
/// The first twelve keys come from the previous system and keep their meaning. Unknown keys are preserved in `extra`,
/// so a foreign document survives a round trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The key it is stored under.
    pub video_id: VideoId,
    /// Title of the sermon.
    #[serde(default, deserialize_with = "null_is_default")]
    pub title: String,
    /// Name of the channel or church.
    #[serde(default, deserialize_with = "null_is_default")]
    pub channel: String,
    /// URL of the channel, or empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub channel_url: String,
    /// Country of the channel, or empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub location: String,
    /// Length of the transcript's joined text, in code points.
    #[serde(default, deserialize_with = "null_is_default")]
    pub transcript_length: u64,
    /// When it was analyzed, as written in the document. We write RFC 3339 in UTC; see [`Document::processed_at`].
    #[serde(default, deserialize_with = "null_is_default")]
    pub processed_at: String,
    /// Totals over the mentions of books.
    #[serde(default, deserialize_with = "null_is_default")]
    pub stats: Stats,
    /// Confirmed mentions by English book name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub counts: IndexMap<String, u64>,
    /// Suspect mentions by English book name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub suspect_counts: IndexMap<String, u64>,
    /// Where each book is mentioned, by class.
    #[serde(default, deserialize_with = "null_is_default")]
    pub positions: IndexMap<String, BookMentions>,
    /// Log of the analysis.
    #[serde(default, deserialize_with = "null_is_default")]
    pub logs: Vec<Value>,

    /// Every reference in transcript order; absent from documents of the previous system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<Reference>>,
    /// The detector that analyzed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Where the transcript came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Language of the transcript (BCP 47), if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When the sermon was published, as RFC 3339 or a date, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<String>,
    /// Length of the recording in seconds, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Totals over the mentions of books.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Confirmed mentions: the sermon's manna.
    #[serde(default)]
    pub scripture_references: u64,
    /// Suspect mentions.
    #[serde(default)]
    pub suspect_references: u64,
    /// Mentions that are not references.
    #[serde(default)]
    pub false_positives: u64,
    /// All mentions of a book's name.
    #[serde(default)]
    pub total_matches: u64,
    /// Confirmed and suspect mentions of deuterocanonical books, which none of the other totals include.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deuterocanonical: u64,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The mentions of one book, by class.
///
/// Documents of the previous system have null entries where it lost the record of a mention; they stay null.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookMentions {
    /// Confirmed mentions.
    #[serde(default, deserialize_with = "null_is_default")]
    pub valid: Vec<Option<MentionPosition>>,
    /// Suspect mentions.
    #[serde(default, deserialize_with = "null_is_default")]
    pub suspect: Vec<Option<MentionPosition>>,
    /// Mentions that are not references.
    #[serde(default, deserialize_with = "null_is_default")]
    pub false_positive: Vec<Option<MentionPosition>>,
    /// Ordinary words that look like a book's name, such as "job".
    #[serde(default, deserialize_with = "null_is_default")]
    pub not_counted: Vec<Option<MentionPosition>>,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One entry in `positions`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MentionPosition {
    /// Seconds from the start of the recording; null if the transcript has no times.
    pub start: Option<Number>,
    /// The words around it.
    #[serde(default)]
    pub context: Option<String>,
    /// The caption line it begins in.
    #[serde(default)]
    pub text: Option<String>,
    /// The name of the evidence or pattern that matched.
    #[serde(default)]
    pub matched_pattern: Option<String>,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The detector that analyzed a transcript, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Name of the detector.
    pub name: String,
    /// Its version; it changes whenever the same transcript may give different counts.
    pub version: String,
}

impl Engine {
    /// Returns the detector this program was built with.
    pub fn current() -> Self {
        Self { name: ENGINE_NAME.to_owned(), version: scripture_detector::ENGINE_VERSION.to_owned() }
    }
}

/// How we got a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Fetched from YouTube.
    Youtube,
    /// Uploaded as a file.
    Upload,
    /// Pasted or sent as text.
    Paste,
}

/// Where the transcript of a document came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// How we got it.
    pub kind: SourceKind,
    /// The caption format, such as `json3` or `srt`.
    pub format: String,
    /// Whether YouTube generated the captions by speech recognition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// URL of the video, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Why a JSON value is not a valid document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A field is missing or has the wrong type.
    #[error("not a MannaMeter document: {0}")]
    Shape(#[from] serde_json::Error),
    /// The document's `video_id` differs from the key it is stored under.
    #[error("the document under the key {key:?} has the video_id {found:?}")]
    IdMismatch {
        /// The key in the map.
        key: String,
        /// The document's `video_id`.
        found: String,
    },
    /// `processed_at` is not a time.
    #[error("processed_at is not a time: {0:?}")]
    Time(String),
}

impl Document {
    /// Returns a document with every field empty except its id.
    pub fn empty(video_id: VideoId) -> Self {
        Self {
            video_id,
            title: String::new(),
            channel: String::new(),
            channel_url: String::new(),
            location: String::new(),
            transcript_length: 0,
            processed_at: String::new(),
            stats: Stats::default(),
            counts: IndexMap::new(),
            suspect_counts: IndexMap::new(),
            positions: IndexMap::new(),
            logs: Vec::new(),
            references: None,
            engine: None,
            source: None,
            language: None,
            published_at: None,
            duration_seconds: None,
            extra: Map::new(),
        }
    }

    /// Replaces every field that an analysis computes and leaves the others alone.
    ///
    /// `counts`, `suspect_counts` and `positions` list all 66 books in canonical order. Contextual and withdrawn references
    /// and those to deuterocanonical books appear in `references` only; the legacy totals do not include them.
    #[must_use]
    pub fn with_analysis(mut self, analysis: Analysis) -> Self {
        let names = || Book::all().map(|book| book.name().to_owned());
        self.transcript_length = analysis.text_length as u64;
        self.stats = Stats::default();
        self.counts = names().map(|name| (name, 0)).collect();
        self.suspect_counts.clone_from(&self.counts);
        self.positions = names().map(|name| (name, BookMentions::default())).collect();
        for mention in analysis.mentions {
            self.add_mention(mention);
        }
        self.references = Some(analysis.references);
        self.engine = Some(Engine::current());
        self
    }

    fn add_mention(&mut self, mention: NamedMention) {
        if mention.book.is_deuterocanonical() {
            self.stats.deuterocanonical += u64::from(matches!(mention.class, Class::Confirmed | Class::Suspect));
            return;
        }
        let book = mention.book.index();
        let (_, positions) = self.positions.get_index_mut(book).expect("every book has an entry");
        let list = match mention.class {
            Class::Confirmed => {
                self.stats.scripture_references += 1;
                self.counts[book] += 1;
                &mut positions.valid
            }
            Class::Suspect => {
                self.stats.suspect_references += 1;
                self.suspect_counts[book] += 1;
                &mut positions.suspect
            }
            Class::FalsePositive => {
                self.stats.false_positives += 1;
                &mut positions.false_positive
            }
            Class::NotCounted => &mut positions.not_counted,
            // A slip is listed in `references` only.
            Class::Withdrawn => return,
        };
        self.stats.total_matches += 1;
        list.push(Some(MentionPosition {
            start: mention.start_seconds.and_then(Number::from_f64),
            context: Some(mention.context),
            text: Some(mention.line),
            matched_pattern: Some(mention.evidence.into_iter().next().unwrap_or_default()),
            ..MentionPosition::default()
        }));
    }

    /// Parses a document of any known shape, stored under `key` in a map of documents.
    ///
    /// Accepts the twelve legacy keys or only eleven: a missing `video_id` is taken from `key`, missing `logs` are
    /// empty. Null `positions` are empty, and a `Psalm` key is merged into `Psalms`.
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

    /// Parses only the fields that lists and mentions are built from, which is several times faster.
    ///
    /// Skips logs and unknown keys, and skips positions if the document has references.
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
            references: summary.references,
            engine: summary.engine,
            published_at: summary.published_at,
            duration_seconds: summary.duration_seconds,
            ..Self::empty(summary.video_id)
        })
    }

    /// Parses `processed_at`. A time without a zone is UTC; an empty one is the Unix epoch.
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

    /// Returns the number of confirmed references.
    pub fn manna(&self) -> u64 {
        self.stats.scripture_references
    }

    /// Serializes to the text that is stored, exported and served: compact JSON, keys in the order of this struct.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document has only string keys and finite numbers")
    }

    /// Merges entries under `Psalm` into `Psalms`.
    fn merge_psalm(&mut self) {
        for counts in [&mut self.counts, &mut self.suspect_counts] {
            if let Some((index, _, count)) = counts.shift_remove_full("Psalm") {
                match counts.get_mut("Psalms") {
                    Some(total) => *total += count,
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
    #[serde(default)]
    references: Option<Vec<Reference>>,
    #[serde(default)]
    engine: Option<Engine>,
    #[serde(default)]
    published_at: Option<String>,
    #[serde(default)]
    duration_seconds: Option<f64>,
}

/// Deserializes `null` as the default value.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use scripture_detector::{analyze, transcript};

    use super::*;

    #[test]
    fn an_analysis_fills_the_legacy_keys_for_all_66_books_in_canonical_order() {
        let transcript =
            transcript::read(b"Open to John 5. Look at verse 24. Pastor John did a good job.").expect("text");
        let analysis = analyze(&transcript).expect("few mentions");
        let document = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        let names: Vec<_> = Book::all().map(Book::name).collect();
        assert_eq!(document.counts.keys().collect::<Vec<_>>(), names);
        assert_eq!(document.suspect_counts.keys().collect::<Vec<_>>(), names);
        assert_eq!(document.positions.keys().collect::<Vec<_>>(), names);
        assert_eq!((document.stats.scripture_references, document.stats.false_positives), (1, 1));
        assert_eq!((document.stats.total_matches, document.counts["John"]), (3, 1));
        assert_eq!(document.positions["Job"].not_counted.len(), 1);
        assert_eq!(document.references.map(|found| found.len()), Some(2), "the contextual reference is listed");
    }

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
