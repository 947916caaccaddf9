//! The document of one video: what is stored, exported, and answered.

use chrono::{DateTime, NaiveDateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

use scripture_detector::{Analysis, Book, Class, NamedMention};

use super::{Reference, VideoId};

/// All that is known of one video.
///
/// The first twelve keys are those of the system before ours and keep its meaning. Keys that we do
/// not know are kept in `extra`, so that reading and writing a foreign document loses nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The key under which it is stored.
    pub video_id: VideoId,
    /// Title of the sermon.
    #[serde(default, deserialize_with = "null_is_default")]
    pub title: String,
    /// Name of the channel or church.
    #[serde(default, deserialize_with = "null_is_default")]
    pub channel: String,
    /// Address of the channel, or empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub channel_url: String,
    /// Country of the channel, or empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub location: String,
    /// Code points in the transcript's joined text.
    #[serde(default, deserialize_with = "null_is_default")]
    pub transcript_length: u64,
    /// When it was analyzed, as written; ours is RFC 3339 in UTC. See [`Document::processed_at`].
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
    /// What was said while it was analyzed.
    #[serde(default, deserialize_with = "null_is_default")]
    pub logs: Vec<Value>,

    /// Every reference in the order of the transcript; absent from documents of the system before ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<Reference>>,
    /// What counted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Where the words came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Language of the transcript (BCP 47), when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When the sermon was published, RFC 3339 or a date, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<String>,
    /// Length of the video in seconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Keys of other programs, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Totals over the mentions of books; `scripture_references` is the manna.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Confirmed mentions: the manna of the sermon.
    #[serde(default)]
    pub scripture_references: u64,
    /// Suspect mentions.
    #[serde(default)]
    pub suspect_references: u64,
    /// Mentions that are no reference.
    #[serde(default)]
    pub false_positives: u64,
    /// All mentions of a book's name.
    #[serde(default)]
    pub total_matches: u64,
    /// Keys of other programs, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The mentions of one book, by class.
///
/// Lists of the system before ours may hold a null where its record of a mention was lost; it stays a null.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookMentions {
    /// Confirmed ones.
    #[serde(default, deserialize_with = "null_is_default")]
    pub valid: Vec<Option<Location>>,
    /// Suspect ones.
    #[serde(default, deserialize_with = "null_is_default")]
    pub suspect: Vec<Option<Location>>,
    /// Those that are no reference.
    #[serde(default, deserialize_with = "null_is_default")]
    pub false_positive: Vec<Option<Location>>,
    /// Ordinary words.
    #[serde(default, deserialize_with = "null_is_default")]
    pub not_counted: Vec<Option<Location>>,
    /// Keys of other programs, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One mention under `positions`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Seconds from the start of the video; null for a text without times.
    pub start: Option<Number>,
    /// The words around it.
    #[serde(default)]
    pub context: Option<String>,
    /// The caption line that it begins in.
    #[serde(default)]
    pub text: Option<String>,
    /// What made it a reference, in a word.
    #[serde(default)]
    pub matched_pattern: Option<String>,
    /// Keys of other programs, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What counted a transcript: `mannameter-detector` and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Name of the detector.
    pub name: String,
    /// Its version, which changes whenever its counts may.
    pub version: String,
}

impl Engine {
    /// The detector that this program was built with.
    pub fn current() -> Self {
        let (name, version) = (scripture_detector::ENGINE_NAME, scripture_detector::ENGINE_VERSION);
        Self { name: name.to_owned(), version: version.to_owned() }
    }
}

/// How a transcript came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Fetched from YouTube.
    Youtube,
    /// Sent as a file.
    Upload,
    /// Pasted or sent as text.
    Paste,
}

/// Where the words of a document came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// How they came to us.
    pub kind: SourceKind,
    /// The caption format, such as `json3` or `srt`.
    pub format: String,
    /// Whether YouTube made the captions by speech recognition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// Address of the video, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A JSON value is not a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The value, or a part of it, has another shape.
    #[error("not a MannaMeter document: {0}")]
    Shape(#[from] serde_json::Error),
    /// The document names another video than the key that it is stored under.
    #[error("the document under the key {key:?} says that its video_id is {found:?}")]
    OtherId {
        /// The key of the map.
        key: String,
        /// What the document says.
        found: String,
    },
    /// `processed_at` is no time.
    #[error("processed_at is not a time: {0:?}")]
    Time(String),
}

impl Document {
    /// A document that says nothing yet.
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

    /// Replaces everything that an analysis measures; what is known from elsewhere stays.
    ///
    /// `counts`, `suspect_counts` and `positions` list all 66 books in canonical order. Contextual references are in
    /// `references` only, not in the legacy sums.
    #[must_use]
    pub fn with_analysis(mut self, analysis: Analysis) -> Self {
        let names = || Book::all().map(|book| book.name().to_owned());
        self.transcript_length = analysis.text_length as u64;
        self.stats = Stats::default();
        self.counts = names().map(|name| (name, 0)).collect();
        self.suspect_counts = self.counts.clone();
        self.positions = names().map(|name| (name, BookMentions::default())).collect();
        for mention in analysis.mentions {
            self.add_mention(mention);
        }
        self.references = Some(analysis.references);
        self.engine = Some(Engine::current());
        self
    }

    fn add_mention(&mut self, mention: NamedMention) {
        let book = mention.book.index();
        let (_, positions) = self.positions.get_index_mut(book).expect("every book has its positions");
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
        };
        self.stats.total_matches += 1;
        list.push(Some(Location {
            start: mention.start_seconds.and_then(Number::from_f64),
            context: Some(mention.context),
            text: Some(mention.line),
            matched_pattern: Some(mention.evidence.into_iter().next().unwrap_or_default()),
            ..Location::default()
        }));
    }

    /// Reads a document of any known shape, stored under `key` in a map of documents.
    ///
    /// Takes twelve keys or eleven (without `video_id`: the key; without `logs`: none), `null` positions,
    /// and folds a `Psalm` key into `Psalms`.
    pub fn from_legacy(key: &str, mut value: Value) -> Result<Self, DocumentError> {
        if let Some(map) = value.as_object_mut() {
            let found = map.get("video_id").and_then(Value::as_str).unwrap_or(key).to_owned();
            if found != key {
                return Err(DocumentError::OtherId { key: key.to_owned(), found });
            }
            if !map.get("video_id").is_some_and(Value::is_string) {
                map.shift_insert(0, "video_id".to_owned(), Value::String(found));
            }
        }
        let mut document: Self = serde_json::from_value(value)?;
        document.fold_psalm();
        Ok(document)
    }

    /// Reads as much of a document of ours as lists and mentions are made of, which is a fraction of the work: without
    /// logs, without keys of other programs, and without positions where there are references.
    pub fn for_lists(text: &str) -> Result<Self, DocumentError> {
        let found: ForLists = serde_json::from_str(text)?;
        if found.references.is_none() {
            return Ok(serde_json::from_str(text)?);
        }
        Ok(Self {
            title: found.title,
            channel: found.channel,
            channel_url: found.channel_url,
            location: found.location,
            transcript_length: found.transcript_length,
            processed_at: found.processed_at,
            stats: found.stats,
            references: found.references,
            engine: found.engine,
            published_at: found.published_at,
            duration_seconds: found.duration_seconds,
            ..Self::empty(found.video_id)
        })
    }

    /// When the video was analyzed; naive times are UTC, none is the epoch.
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

    /// The number of confirmed references.
    pub fn manna(&self) -> u64 {
        self.stats.scripture_references
    }

    /// The text that is stored, exported and answered: compact JSON, keys in the order of this struct.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document has only string keys and finite numbers")
    }

    /// Moves what stands under `Psalm` to `Psalms`.
    fn fold_psalm(&mut self) {
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

/// What [`Document::for_lists`] reads; the rest is passed over.
#[derive(Deserialize)]
struct ForLists {
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

/// Reads `null` as the empty value.
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
        assert_eq!(document.references.map(|found| found.len()), Some(2), "the contextual one is listed");
    }

    #[test]
    fn a_document_of_eleven_keys_gets_its_id_from_the_map() {
        let value = json!({"title": "T", "processed_at": "2025-12-05 11:28:13.897205", "positions": null, "stats": {"total_matches": 2, "other": 1}});
        let document = Document::from_legacy("DBTEST456", value).expect("a legacy shape");
        assert_eq!(document.video_id.as_str(), "DBTEST456");
        assert_eq!(document.processed_at().expect("a naive time").to_rfc3339(), "2025-12-05T11:28:13.897205+00:00");
        assert_eq!(document.stats.extra["other"], 1);
        assert!(document.positions.is_empty() && document.logs.is_empty());
    }

    #[test]
    fn psalm_and_psalms_become_one_key_and_nothing_is_lost() {
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
    fn lists_are_made_of_the_same_however_much_of_a_document_is_read() {
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
        let read = Document::for_lists(&value.to_string()).expect("a document");
        let passed_over = Document { positions: IndexMap::new(), logs: Vec::new(), extra: Map::new(), ..whole };
        assert_eq!(read, passed_over);
        let mut without = value;
        without.as_object_mut().expect("an object").remove("references");
        let read = Document::for_lists(&without.to_string()).expect("a document");
        assert_eq!(read.positions["John"].valid.len(), 1, "mentions are made of the positions then");
    }

    #[test]
    fn a_mention_without_a_place_stays_a_mention() {
        let value = json!({"positions": {"Job": {"valid": [null, {"start": 1}], "suspect": null}}});
        let document = Document::from_legacy("x", value).expect("a legacy shape");
        assert_eq!(document.positions["Job"].valid[0], None);
        assert_eq!(document.positions["Job"].valid.len(), 2);
    }

    #[test]
    fn a_document_under_a_foreign_key_is_refused() {
        let error = Document::from_legacy("a", json!({"video_id": "b"})).expect_err("two ids");
        assert_eq!(error.to_string(), r#"the document under the key "a" says that its video_id is "b""#);
    }

    #[test]
    fn reading_and_writing_keeps_unknown_keys_and_the_form_of_numbers() {
        let text = r#"{"video_id":"a","title":"","channel":"","channel_url":"","location":"","transcript_length":1,"processed_at":"","stats":{"scripture_references":0,"suspect_references":0,"false_positives":0,"total_matches":0},"counts":{},"suspect_counts":{},"positions":{"Job":{"valid":[{"start":2212,"context":"c","text":"t","matched_pattern":null},{"start":695.519,"context":"c","text":"t","matched_pattern":"in"},null],"suspect":[],"false_positive":[],"not_counted":[]}},"logs":[],"mine":{"z":1,"a":[1.10]}}"#;
        let document = Document::from_legacy("a", serde_json::from_str(text).expect("JSON")).expect("a document");
        assert_eq!(document.to_json(), text.replace("1.10", "1.1"));
    }
}
