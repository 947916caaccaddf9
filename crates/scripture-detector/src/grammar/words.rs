//! Word lists for the grammar.

/// Words for a chapter and their abbreviations.
pub(super) const CHAPTER: &[&str] = &["chapter", "chapters", "chap", "chapt", "ch"];

/// Words for a verse, their abbreviations, and misheard forms.
pub(super) const VERSE: &[&str] = &["verse", "verses", "versus", "vs", "vv", "v", "vss", "vers"];

/// Meaningless words between a name and its number.
pub(super) const FILLERS: &[&str] = &["uh", "um", "amen", "hallelujah", "number", "a"];

/// Words allowed between a name and its chapter.
pub(super) const BEFORE_CHAPTER: &[&str] = &[
    "uh", "um", "in", "the", "and", "at", "from", "it", "its", "is", "also", "book", "number", "uhm", "that", "to",
];

/// Words allowed between a chapter and its verse. After a clause of its own ("we will read from verse 7") the verse is a
/// reference of its own.
pub(super) const BEFORE_VERSE: &[&str] = &[
    "uh", "um", "uhm", "and", "from", "starting", "start", "starts", "beginning", "begin", "begins", "reading", "read",
    "in", "at", "with", "the", "is", "it", "its", "s", "to", "on", "about", "around", "verse", "verses", "down", "i", "think",
    "believe", "guess", "probably", "maybe", "perhaps", "somewhere", "again", "be",
];

/// Words allowed after "and" between a chapter and its verse: "and we will read from verse 6".
pub(super) const AND_WE_READ: &[&str] =
    &["we", "will", "ll", "shall", "are", "re", "going", "be", "gonna", "then", "scroll", "check", "out"];

/// Words allowed between the word "chapter" or "verse" and its number.
pub(super) const BEFORE_NUMBER: &[&str] = &[
    "number", "numbers", "no", "from", "starting", "beginning", "at", "with", "uh", "um", "in", "the", "reading",
];

/// Words after "one" that make it a pronoun or a count: "one more time", "one another".
pub(super) const AFTER_ONE: &[&str] = &[
    "last", "more", "another", "final", "day", "of", "thing", "way", "morning", "night", "evening", "big", "little",
    "single", "good", "great", "simple", "question", "word", "point", "man", "woman", "person", "family", "who", "by",
];

/// Words after a name, a number and "of" that make the number a count: "Joshua, 1 of our students".
pub(super) const POSSESSIVES: &[&str] = &["our", "my", "your", "his", "her", "their"];

/// Units after a number with decimals: "3.4 kilos".
pub(super) const MEASURES: &[&str] = &[
    "kilo", "kilos", "kg", "kilograms", "grams", "pounds", "lbs", "ounces", "miles", "kilometers", "kilometres", "km",
    "meters", "metres", "feet", "inches", "liters", "litres", "gallons", "percent", "million", "billion", "trillion",
    "thousand", "magnitude", "seconds", "minutes", "hours", "gpa", "stars", "dollars", "euros", "degrees", "acres",
];

/// Nouns that make the number before them a count, a time or a date.
pub(super) const COUNTED: &[&str] = &[
    "year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "minute", "minutes", "second",
    "seconds", "time", "times", "people", "persons", "men", "women", "children", "kids", "percent", "dollars", "cents",
    "bucks", "miles", "feet", "pounds", "pages", "points", "things", "ways", "am", "pm", "bc", "ad", "bce", "ce",
    "billion", "million", "thousand", "hundred", "books", "words", "sermons", "disciples", "brothers", "sisters",
    "sons", "tribes", "types", "kinds", "reasons", "steps", "different", "other", "foot", "inch", "inches", "ounces",
    "grade", "place", "half", "more", "guys", "friends", "gospels", "quarter", "scene",
];
