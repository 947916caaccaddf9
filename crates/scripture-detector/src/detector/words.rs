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
pub(super) const OTHER_NUMBERS: &[&str] = &[
    "page", "pages", "volume", "vol", "hymn", "song", "number", "paragraph", "verse", "verses",
];

/// Words before "one" that make it a pronoun: "the last one".
pub(super) const BEFORE_ONE: &[&str] = &[
    "last", "next", "this", "that", "which", "another", "good", "big", "first", "second", "third", "other", "each",
    "every", "only", "same", "little", "no", "any", "final",
];

/// Words for songs, which also have verses.
pub(super) const SUNG: &[&str] = &[
    "hymn", "hymns", "song", "sing", "singing", "sang", "sung", "stanza", "hymnal", "chorus",
];

/// Words for the Bible and its parts after "chapter 5 of the".
pub(super) const BIBLE: &[&str] = &[
    "book", "bible", "gospel", "epistle", "letter", "prophecy", "scripture", "scriptures", "story", "passage", "text",
    "chapter", "psalm", "psalms", "word", "account", "section", "reading", "message", "narrative",
];

/// Works and gatherings with chapters of their own.
pub(super) const OTHER_WORKS: &[&str] = &[
    "catechism", "confession", "confessions", "institutes", "novel", "novels", "textbook", "workbook", "handbook",
    "manual", "constitution", "koran", "quran", "club", "course", "memoir", "memoirs", "autobiography", "encyclical",
    "didache", "creed", "seminar", "webinar", "workshop", "podcast",
];

/// Titles of well-known works outside the Bible, for captions without capitals.
pub(super) const TITLES_OF_OTHERS: &[&str] = &[
    "enoch", "didache", "jubilees", "jasher", "hermas", "clement", "josephus", "koran", "quran", "laodiceans",
    "institutes", "confessions", "catechism", "westminster", "talmud", "mishnah", "gita", "mormon", "nephi", "alma",
    "antiquities", "barnabas", "thomas",
];

/// Words right before "chapter N" that are not titles, even with a capital.
pub(super) const COMMON_BEFORE_CHAPTER: &[&str] = &[
    "a", "about", "above", "again", "all", "also", "amen", "and", "another", "are", "as", "at", "because", "before",
    "bible", "bibles", "book", "both", "brothers", "but", "by", "chapter", "chapters", "christ", "church", "down",
    "each", "end", "epistle", "every", "everybody", "everyone", "finally", "find", "first", "for", "friends", "from",
    "go", "god", "gospel", "hallelujah", "he", "here", "how", "i", "if", "in", "into", "is", "it", "jesus", "just",
    "last", "later", "let", "letter", "like", "look", "lord", "me", "moses", "my", "new", "next", "no", "not", "now",
    "of", "oh", "okay", "old", "on", "one", "only", "open", "or", "our", "over", "page", "passage", "paul", "please",
    "read", "reads", "really", "remember", "right", "same", "saints", "says", "scripture", "second", "see", "she",
    "sisters", "so", "spirit", "start", "story", "sunday", "tell", "tells", "testament", "text", "that", "the", "then",
    "there", "these", "they", "third", "this", "those", "through", "to", "today", "tonight", "turn", "turns", "up",
    "verse", "verses", "was", "we", "well", "what", "when", "where", "which", "while", "who", "whole", "why", "with",
    "yes", "you", "your", "david", "solomon", "abraham", "wednesday", "lesson", "part", "section",
];

/// Words after "in" for the Bible that the listeners have.
pub(super) const OUR_BIBLE: &[&str] = &["our", "ours", "your", "yours", "english", "most", "protestant", "mine", "my"];
