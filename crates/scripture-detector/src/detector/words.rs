//! The words that the detector looks for around chapters and verses without a name.

/// Words that stand before the number of a chapter: "in 53, verse 5"; behind others it is a count.
pub(super) const BEFORE_CHAPTER: &[&str] = &[
    "in", "to", "at", "from", "on", "into", "and", "then", "or", "so", "now", "sorry", "read", "reading", "see", "again",
];

/// Words that stand before a bare `N:M` that is read.
pub(super) const BEFORE_PAIR: &[&str] = &[
    "reading", "read", "see", "from", "in", "says", "and", "also", "is", "to", "then",
];

/// Words that stand before a time of day.
pub(super) const BEFORE_TIME: &[&str] = &["at", "by", "until", "till", "around", "before", "after"];

/// Words that stand behind a time of day, or a year.
pub(super) const BEHIND_TIME: &[&str] = &[
    "am", "pm", "a", "p", "o", "bc", "ad", "in", "tonight", "tomorrow", "service", "this", "every", "eastern",
];

/// Words that stand before numbers of other things.
pub(super) const OTHER_NUMBERS: &[&str] = &[
    "page", "pages", "volume", "vol", "hymn", "song", "number", "paragraph",
];

/// Words for what is sung, which has verses too.
pub(super) const SUNG: &[&str] = &["hymn", "hymns", "song", "sing", "singing", "sang", "sung", "stanza", "hymnal", "chorus"];

/// Words for the Bible and its parts, behind "chapter 5 of the".
pub(super) const BIBLE: &[&str] = &[
    "book", "bible", "gospel", "epistle", "letter", "prophecy", "scripture", "scriptures", "story", "passage", "text",
    "chapter", "psalm", "psalms", "word", "account", "section", "reading", "message", "narrative",
];
