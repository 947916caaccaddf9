//! Describes the JSON of a sermon's document.
#![expect(dead_code, reason = "describes other types in the OpenAPI document")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// Everything known about one sermon. May contain additional keys.
#[derive(Debug, ToSchema)]
#[schema(title = "Document")]
pub(in crate::http) struct DocumentBody {
    /// ID of the sermon.
    video_id: String,
    /// Title of the sermon.
    title: String,
    /// Name of the church.
    channel: String,
    /// URL of the church, or empty.
    channel_url: String,
    /// Country or town, or empty.
    location: String,
    /// Length of the transcript, in code points.
    transcript_length: u64,
    /// When the sermon was analyzed.
    processed_at: String,
    /// Totals for the mentions of books.
    stats: DocumentStats,
    /// Confirmed mentions by English book name.
    counts: BTreeMap<String, u64>,
    /// Suspect mentions by English book name.
    suspect_counts: BTreeMap<String, u64>,
    /// Where each book is mentioned, by class.
    positions: BTreeMap<String, BookMentionsBody>,
    /// Log of the analysis, in the format of the program that ran it.
    #[schema(value_type = Vec<Value>)]
    logs: Vec<()>,
    /// Every reference, in transcript order. Absent from documents that the previous system wrote.
    #[schema(nullable = false)]
    references: Option<Vec<ReferenceBody>>,
    /// The detector that analyzed the sermon.
    #[schema(nullable = false)]
    engine: Option<EngineBody>,
    /// Where the transcript came from.
    #[schema(nullable = false)]
    source: Option<SourceBody>,
    /// Language of the transcript (BCP 47), if known.
    #[schema(nullable = false)]
    language: Option<String>,
    /// Problems with the transcript. A sermon with `not_english` is not measured, because its numbers would be
    /// coincidental.
    #[schema(nullable = false)]
    warnings: Option<Vec<WarningBody>>,
    /// When the sermon was published, if known.
    #[schema(nullable = false)]
    published_at: Option<String>,
    /// Length of the recording in seconds, if known.
    #[schema(nullable = false)]
    duration_seconds: Option<f64>,
}

/// Totals for the mentions of books. May contain additional keys.
#[derive(Debug, ToSchema)]
struct DocumentStats {
    /// Confirmed mentions: the sermon's manna.
    scripture_references: u64,
    /// Suspect mentions.
    suspect_references: u64,
    /// Mentions that are not references.
    false_positives: u64,
    /// All mentions of book names.
    total_matches: u64,
    /// Confirmed and suspect mentions of deuterocanonical books, such as Tobit. No other total includes them. Absent if
    /// there are none.
    #[schema(nullable = false)]
    deuterocanonical: Option<u64>,
}

/// The mentions of one book, by class. May contain additional keys.
#[derive(Debug, ToSchema)]
struct BookMentionsBody {
    /// Confirmed mentions. An entry is null if the previous system lost the mention.
    valid: Vec<Option<MentionBody>>,
    /// Suspect mentions.
    suspect: Vec<Option<MentionBody>>,
    /// Mentions that are not references.
    false_positive: Vec<Option<MentionBody>>,
    /// Ordinary words that look like a book's name, such as "job".
    not_counted: Vec<Option<MentionBody>>,
}

/// A mention of a book. May contain additional keys.
#[derive(Debug, ToSchema)]
struct MentionBody {
    /// Seconds from the start of the recording, or null if the transcript has no times.
    start: Option<f64>,
    /// The surrounding words.
    context: Option<String>,
    /// The caption line that the mention begins in.
    text: Option<String>,
    /// Name of the evidence, or of the pattern that matched.
    matched_pattern: Option<String>,
}

/// A reference to Scripture.
#[derive(Debug, ToSchema)]
struct ReferenceBody {
    /// The cited passage, in OSIS.
    #[schema(example = "1Cor.13.4-1Cor.13.7")]
    osis: String,
    /// English name of the book.
    book: String,
    /// The chapter, or the first chapter of a range.
    chapter: Option<u16>,
    /// The verse, or the first verse of a range.
    verse: Option<u16>,
    /// The last chapter of a range.
    end_chapter: Option<u16>,
    /// The last verse of a range.
    end_verse: Option<u16>,
    /// `explicit`, `book` or `contextual`.
    kind: String,
    /// `confirmed`, `suspect`, or `withdrawn` for a slip that the speaker corrected, which is not counted.
    class: String,
    /// Seconds from the start of the recording, or null if the transcript has no times.
    start_seconds: Option<f64>,
    /// First code point of the reference in the joined text.
    start_char: usize,
    /// One past the last code point of the reference in the joined text.
    end_char: usize,
    /// The words of the reference.
    text: String,
    /// The words around the reference.
    context: String,
    /// The evidence for the class, strongest first.
    evidence: Vec<String>,
    /// Whether the spoken numbers name a passage that does not exist. If so, `osis` is the likely correction.
    repaired: bool,
    /// The earlier passage that supplied the missing book or chapter, or that a correction replaces.
    anchor: Option<String>,
    /// `context` if the offsets refer to `context` instead of the joined text.
    #[schema(nullable = false)]
    source: Option<String>,
}

/// The detector that analyzed a transcript.
#[derive(Debug, ToSchema)]
struct EngineBody {
    /// Name of the detector.
    name: String,
    /// Version of the detector.
    version: String,
}

/// Where a transcript came from.
#[derive(Debug, ToSchema)]
struct SourceBody {
    /// `youtube`, `upload` or `paste`.
    kind: String,
    /// The caption format, such as `json3` or `srt`.
    format: String,
    /// Whether YouTube generated the captions by speech recognition.
    #[schema(nullable = false)]
    automatic: Option<bool>,
    /// URL of the video.
    #[schema(nullable = false)]
    url: Option<String>,
}

/// A problem with a transcript.
#[derive(Debug, ToSchema)]
struct WarningBody {
    /// `not_english`, `mixed_languages` or `times_not_understood`.
    code: String,
    /// What the reader should know about the transcript.
    detail: String,
}
