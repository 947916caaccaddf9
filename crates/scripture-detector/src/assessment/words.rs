//! Word lists for the rules.

/// Determiners and other words before a noun.
pub(super) const DETERMINERS: &[&str] = &[
    "the", "a", "an", "this", "that", "these", "those", "my", "your", "our", "his", "her", "their", "its", "every",
    "each", "no", "any", "some", "many", "new", "fresh", "good", "great", "more", "other", "such", "of",
];

/// Words before the name of a people.
pub(super) const GROUPS: &[&str] = &[
    "the", "those", "these", "all", "both", "many", "some", "young", "fellow", "other", "most",
];

/// Words for a work before "of" and the name of a book.
pub(super) const WORKS: &[&str] = &[
    "book", "books", "gospel", "gospels", "epistle", "epistles", "prophecy", "prophecies", "scroll", "letter",
    "letters", "chapters", "chapter", "writer", "author", "verse", "verses", "writings",
];

/// Words for a part or a treatment of a book before "of" and its name.
pub(super) const PARTS: &[&str] = &[
    "end", "beginning", "rest", "study", "exposition", "series", "part", "middle", "opening", "half", "passage",
    "text", "page", "pages", "out", "all", "section", "most", "reading", "theme", "message", "sermons", "outline",
    "line", "lines", "words", "verses", "close", "start", "heart", "tour", "overview", "introduction", "point",
    "purpose", "structure", "background", "argument", "chapters", "date", "dating", "authorship", "writing",
    "reliability", "author", "whole", "priority", "canonicity", "placement", "entirety", "remainder", "copy",
    "copies", "portion", "portions",
];

/// Words after which "in" is followed by a person: "I believe in Daniel".
pub(super) const TRUST: &[&str] = &[
    "believe", "believes", "believed", "believing", "trust", "interest", "confidence", "faith", "interested",
];

/// Words before "from", "through" or "into" and a book: "reading through", "a lesson from".
pub(super) const READING: &[&str] = &[
    "going", "go", "went", "working", "work", "preaching", "preach", "preached", "study", "studying", "walk", "walking",
    "way", "reading", "read", "series", "journey", "sermon", "sermons", "lesson", "lessons", "out", "passage", "comes",
    "quote", "quoting", "quotes", "quoted", "text", "scripture", "verse", "verses", "taken", "here", "it", "this",
    "that", "these", "drawn", "taught", "looked", "looking", "look", "learn", "learned", "see", "words", "promise",
];

/// Verbs, names and other words that end in "s" but are not plural nouns.
pub(super) const NOT_PLURAL: &[&str] = &[
    "talks", "speaks", "shows", "goes", "reads", "gives", "makes", "means", "does", "has", "was", "is", "this", "his",
    "us", "its", "as", "because", "thus", "always", "perhaps", "besides", "comes", "starts", "ends", "takes", "brings",
    "calls", "covers", "contains", "deals", "continues", "concludes", "answers", "asks", "adds", "argues", "lists",
    "uses", "quotes", "refers", "points", "presents", "proves", "speaks", "stands", "sums", "urges", "commands",
    "focuses", "looks", "moves", "turns", "leads", "centers", "leaves", "follows", "pictures", "prophesies",
    "foretells", "jesus", "moses", "james", "thomas", "judas", "silas", "barnabas", "zacharias", "zacchaeus",
    "nicodemus", "cornelius", "lazarus", "stephanas", "titus", "phinehas", "jairus", "pharisees", "disciples", "others",
];

/// Words that follow a verb but not a plural noun.
pub(super) const OBJECTS: &[&str] = &[
    "the", "a", "an", "that", "us", "about", "how", "what", "why", "his", "you", "me", "him", "them", "it", "our",
    "your", "into",
];

/// Words for a text after the name of its book.
pub(super) const PASSAGES: &[&str] = &["series", "passage", "text", "quote", "quotation", "verse", "verses", "reading"];

/// Words before a clause that starts with "in".
pub(super) const OPENERS: &[&str] = &[
    "and", "so", "but", "now", "over", "back", "that", "then", "like", "also", "again", "find", "even", "here", "see",
    "or", "just", "well", "remember", "because", "as", "where", "when",
];

/// Words that start a clause.
pub(super) const SUBJECTS: &[&str] = &[
    "we", "you", "they", "he", "she", "it", "i", "god", "the", "there", "everybody", "everyone", "nobody", "jesus",
    "moses", "israel", "satan", "paul", "david", "what", "where", "when", "how", "a", "an",
];

/// Words before "to" and the name of a book: "turn to", "open to".
pub(super) const TURN: &[&str] = &["turn", "turning", "turned", "open", "flip", "bibles", "bible", "jump", "over"];

/// Verbs before "to" that fit both a book and a person: "go to", "come to".
pub(super) const GO: &[&str] = &[
    "go", "going", "come", "back", "return", "look", "looking", "move", "head", "get", "began",
];

/// Present-tense verbs for what a text says.
pub(super) const SAYS: &[&str] = &[
    "says", "writes", "declares", "states", "reminds", "teaches", "tells", "puts", "describes", "explains", "warns",
    "assures", "opens", "begins", "ends", "closes", "concludes", "promises", "records", "exhorts", "emphasizes",
    "introduces",
];

/// Participles after "is" for what an author says.
pub(super) const SAYING: &[&str] = &[
    "saying", "writing", "conveying", "telling", "teaching", "describing", "showing", "introducing", "emphasizing",
    "explaining", "quoting",
];

/// Past-tense verbs for what a text or a person said.
pub(super) const SAID: &[&str] = &["said", "wrote", "told", "prophesied", "spoke", "declared", "reminded"];

/// Authors whose books are named after them, apart from the prophets.
pub(super) const AUTHORS: &[&str] = &["matthew", "mark", "luke", "john", "james", "jude", "ben sira"];

/// Prophets whose books are named after them.
pub(super) const PROPHETS: &[&str] = &[
    "isaiah", "jeremiah", "ezekiel", "hosea", "joel", "amos", "micah", "nahum", "habakkuk", "zephaniah", "haggai",
    "zechariah", "malachi",
];

/// Prophets about whom the Bible says little apart from their books.
pub(super) const ONLY_AUTHORS: &[&str] = &["nahum", "habakkuk", "habakuk", "zephaniah", "haggai", "malachi", "obadiah"];

/// Verbs after a person in a story.
pub(super) const WAS: &[&str] = &[
    "was", "is", "had", "has", "went", "came", "said", "cried", "stood", "lived", "asked",
];

/// Verbs after a person who acts in a story.
pub(super) const STORY: &[&str] = &[
    "gets", "got", "goes", "comes", "come", "runs", "walks", "walked", "stands", "sits", "sat", "sees", "saw", "looks",
    "looked", "showed", "shows", "takes", "took", "brought", "brings", "asks", "answered", "ran", "fell", "picked",
    "carried", "gave", "made", "began", "left", "met", "knew", "lay", "wept", "ate", "hid", "fed", "heard",
];

/// Titles and other words before a personal name.
pub(super) const TITLES: &[&str] = &[
    "pastor", "pastors", "brother", "sister", "king", "queen", "prince", "dr", "doctor", "mr", "mrs", "miss", "ms",
    "reverend", "rev", "president", "uncle", "aunt", "captain", "bishop", "elder", "deacon", "professor", "sir",
    "lord", "judge", "minister", "evangelist", "pr", "cousin", "named", "called", "son", "daughter", "nephew",
    "niece", "grandson", "granddaughter", "husband", "wife", "neighbor", "neighbour", "buddy", "roommate",
    "classmate", "grandpa", "grandma", "canon", "archdeacon", "vicar", "curate", "rabbi", "cantor", "major", "colonel",
    "lieutenant", "sergeant", "monsignor", "deaconess", "mama", "papa", "auntie", "nurse",
];

/// Capitalized words after a name that are not surnames.
pub(super) const CAPITALIZED: &[&str] = &[
    "i", "he", "she", "they", "we", "you", "it", "the", "this", "that", "these", "those", "there", "and", "but", "for",
    "in", "so", "now", "when", "then", "what", "where", "who", "why", "how", "if", "as", "because", "chapter", "verse",
    "god", "jesus", "christ", "lord", "paul", "moses", "david", "bible", "scripture", "a", "an", "to", "let", "is",
    "was", "says", "said", "one", "two", "not", "do", "my", "our", "yes", "records", "oh", "well", "okay", "right",
    "amen", "chapters", "verses", "with", "of", "or", "at", "on", "from", "which", "abraham", "isaac", "jacob",
    "joseph", "aaron", "saul", "solomon", "elijah", "elisha", "naomi", "boaz", "nebuchadnezzar", "belshazzar", "darius",
    "israel", "judah", "jerusalem", "babylon", "satan", "mary", "martha", "lazarus", "zacchaeus", "nicodemus", "pilate",
    "herod", "stephen", "philip", "cornelius", "barnabas", "gabriel",
];

/// Verbs after a people.
pub(super) const DID: &[&str] = &[
    "did", "were", "had", "would", "used", "could", "came", "believed", "thought", "knew", "have", "are", "who",
    "killed", "crucified", "took", "wanted", "loved", "worshiped", "built", "fought", "ruled", "brought",
];

/// Things that are named after a book.
pub(super) const NAMESAKES: &[&str] = &[
    "booklet", "leaflet", "workbook", "conference", "academy", "fellowship", "street", "road", "avenue", "lane",
    "church", "chapel", "hospital", "school", "college", "ministry", "ministries", "network", "center", "hall", "park",
    "project", "foundation",
];

/// Peoples and groups before "and Romans".
pub(super) const PEOPLES: &[&str] = &[
    "greeks", "jews", "gentiles", "barbarians", "egyptians", "persians", "babylonians", "assyrians", "medes",
    "philistines", "samaritans", "israelites", "arabs", "scythians", "pagans", "pharisees", "soldiers",
    "christians", "macedonians", "canaanites", "greek",
];

/// Participles after the title of a letter.
pub(super) const TEXTUAL: &[&str] = &[
    "called", "titled", "entitled", "based", "opened", "closed", "ended", "revealed", "described", "explained",
    "combined", "included", "needed", "seed",
];

/// Businesses that may be named after a people.
pub(super) const BUSINESSES: &[&str] = &[
    "restaurant", "cafe", "pizza", "pizzeria", "hotel", "motel", "diner", "bakery", "grill", "deli", "pharmacy",
    "supermarket", "hardware", "plumbing", "coffee", "brewery", "bookshop", "bookstore",
];

/// Relatives who are listed with their ages.
pub(super) const RELATIVES: &[&str] = &[
    "kid", "kids", "child", "children", "son", "sons", "daughter", "daughters", "twins", "boy", "boys", "girl", "girls",
    "nephew", "nephews", "niece", "nieces", "grandson", "grandsons", "grandkids", "grandchildren", "cousin", "cousins",
    "brother", "brothers", "sister", "sisters", "wife", "husband", "mother", "father", "fiancee", "widow", "mom", "dad",
];

/// Things that people give names to.
pub(super) const NAMED_THINGS: &[&str] = &[
    "band", "album", "group", "company", "brand", "movie", "film", "show", "game", "boat", "ship", "dog", "cat",
    "horse", "team", "project", "shop", "store", "pub", "bar", "club", "place", "baby", "kid", "boy", "girl", "car",
    "house",
];

/// Words for parts of a text, which are numbered like a score: "Romans 3 verses 2".
pub(super) const TEXT_UNITS: &[&str] = &[
    "verse", "verses", "chapter", "chapters", "page", "pages", "psalm", "psalms", "letter", "epistle", "gospel",
    "book",
];

/// Verbs for what people do with their things.
pub(super) const HANDLED: &[&str] = &[
    "put", "lost", "left", "broke", "hurt", "took", "threw", "dropped", "ate", "found", "forgot", "brought", "wore",
    "hid", "cut", "bit", "spilled", "stuck", "swallowed", "built", "bought", "caught",
];

/// What happens to a person, after "was".
pub(super) const LIVED: &[&str] = &[
    "born", "baptized", "baptised", "married", "sick", "ill", "hungry", "tired", "late", "absent", "crying", "there",
    "home", "adopted", "buried", "engaged",
];

/// Things that have numbers or seats of their own.
pub(super) const LISTINGS: &[&str] = &[
    "panel", "jury", "bench", "committee", "list", "board", "sheet", "schedule", "roster", "ballot", "menu", "raffle",
    "stage", "team", "screen", "scoreboard", "chart", "program", "playlist", "calendar", "form", "jersey", "lottery",
];

/// Texts after "in your" and "in a": "Acts 2 in your bulletin".
pub(super) const TEXTS: &[&str] = &[
    "bible", "bibles", "bulletin", "bulletins", "handout", "handouts", "notes", "pew", "hand", "hands", "app", "lap",
    "devotions", "quiet", "reading", "own", "life", "lives", "copy", "translation", "version", "old", "new", "text",
    "hebrew", "greek", "king", "scriptures", "testament", "outline", "study", "lesson", "way", "moment", "series",
    "sermon", "family", "church", "heart", "hearts", "minute", "few", "row", "sense", "message",
]; // The rest is a thing with numbers.
