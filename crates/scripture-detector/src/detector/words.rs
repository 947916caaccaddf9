//! Word lists for chapters and verses without a book name.

/// Words before a chapter number: "in 53, verse 5". After other words the number is a count.
pub(super) const BEFORE_CHAPTER: &[&str] = &[
    "in", "to", "at", "from", "on", "into", "and", "then", "or", "so", "now", "sorry", "read", "reading", "see",
    "again",
];

/// Words before a number pair that is a verse: "reading 40:2".
pub(super) const BEFORE_PAIR: &[&str] = &[
    "reading", "read", "see", "from", "in", "says", "and", "also", "is", "to", "then",
];

/// Prepositions before a time of day.
pub(super) const BEFORE_TIME: &[&str] = &["at", "by", "until", "till", "around", "before", "after"];

/// Words after a time of day or a year.
pub(super) const AFTER_TIME: &[&str] = &[
    "am", "pm", "a", "p", "o", "bc", "ad", "in", "tonight", "tomorrow", "service", "this", "every", "eastern",
];

/// Words before numbers that are not chapters.
pub(super) const OTHER_NUMBERS: &[&str] = &["page", "pages", "volume", "vol", "hymn", "song", "number", "paragraph"];

/// Words for songs, which also have verses.
pub(super) const SUNG: &[&str] = &[
    "hymn", "hymns", "song", "sing", "singing", "sang", "sung", "stanza", "hymnal", "chorus",
];

/// Words for the Bible and its parts after "chapter 5 of the".
pub(super) const BIBLE: &[&str] = &[
    "book", "bible", "gospel", "epistle", "letter", "prophecy", "scripture", "scriptures", "story", "passage", "text",
    "chapter", "psalm", "psalms", "word", "account", "section", "reading", "message", "narrative",
];
