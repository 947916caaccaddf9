//! The names of the evidence, and what they mean.
//!
//! Every [`Mention`](crate::Mention) and [`Reference`](crate::Reference) lists the names of the rules that applied to it,
//! those that contributed most to its class first. Book names are classified by the sum of the weights of these rules. Bare
//! verses and chapters only have the evidence that says how they were found.
//!
//! Supporting a citation:
//!
//! | name | meaning |
//! |---|---|
//! | `chapter_and_verse` | a chapter and verse, or the word "chapter", follows: "John 3:16", "John chapter 3" |
//! | `number_after` | a single number follows: "John 3" |
//! | `ordinal_before` | an ordinal precedes: "First John" |
//! | `title_of_a_book` | the name is rarely anything but the title of a book: "Ecclesiastes" |
//! | `book_of` | the name is introduced as a book: "the book of", "the gospel according to", "the letter to the" |
//! | `preposition` | a preposition precedes: "in Isaiah", "through Nehemiah" |
//! | `turn_to` | the listeners are asked to go there: "turn to", "open your Bibles to" |
//! | `reading` | a verb of reading or preaching precedes: "read", "study", "preach" |
//! | `passage_word_after` | a word for a text follows: "our Psalms series", "that Isaiah text" |
//! | `quoted_as_source` | the name is quoted as the source: "James says", "as Isaiah wrote" |
//! | `matches_book_text` | the words attributed to an author are in his book: "James said, count it all joy" |
//! | `own_book_named` | the author's own book is named in the same sentence: "John uses it in his gospel" |
//! | `tells_us` | the author tells "us" something: "John is careful to tell us" |
//! | `bible_mentioned` | the Bible or a part of it is mentioned shortly before |
//! | `where_after` | the name is treated as a place: "one thinks of Hosea, where" |
//! | `called_a_book` | the name is called a book, letter or gospel: "Jude is a short letter" |
//! | `list_of_books` | the name is in a list of books: "Hosea, Joel, Amos" |
//! | `gospel_after` | a word for a book follows the possessive: "John's gospel" |
//! | `spoken_of_as_book` | the name is opened, reached or studied: "opened up Micah", "if you hit Ezra", "what Amos is about" |
//! | `called_it` | "it" stands for the name: "start with Mark, it's the short one" |
//! | `told_by_one_gospel` | only one gospel tells something: "only Mark has the green grass" |
//! | `singular_title` | a plural has a singular verb, or the name is "about" something: "acts is the story of the Spirit" |
//! | `placed_among_books` | the name has a place among the books: "Micah comes right before Nahum" |
//!
//! Opposing a citation:
//!
//! | name | meaning |
//! |---|---|
//! | `article_before` | an article, a determiner or a count precedes: "the numbers", "the Romans", "three acts" |
//! | `personal_title_before` | a personal title precedes: "Pastor John", "King James" |
//! | `surname_after` | a surname follows: "John Piper" |
//! | `namesake` | something else has the same name: "Genesis Church", "Acts Street" |
//! | `epithet_after` | an epithet follows: "John the Baptist" |
//! | `possessive` | a person owns something: "John's birth" |
//! | `people` | a people does something: "Romans did" |
//! | `ordinary_use` | an ordinary phrase: "acts of kindness", "mark my words" |
//! | `counts_things` | the number counts what follows: "Luke 2 seats down" |
//! | `told_of_person` | something is told of a person with a number: "Timothy 3 was born in May" |
//! | `prophet_in_story` | a prophet does something: "Haggai showed up" |
//! | `score` | the number is a score: "Luke 4, Cian 2" |
//! | `age` | the number is an age: "Mark's 16 and he drives already" |
//! | `like_a_people` | people are compared with a people: "dressed like Romans" |
//!
//! Without a rule that applies:
//!
//! | name | meaning |
//! |---|---|
//! | `ordinary_word` | an ordinary lower-case word without evidence for a citation |
//! | `no_evidence` | a name without evidence for a citation |
//!
//! How a reference was found:
//!
//! | name | meaning |
//! |---|---|
//! | `verse_or_chapter` | the word "verse" or "chapter" without a book: "verse 25" |
//! | `number_pair` | two numbers without a book: "40:2" or, in text without punctuation, "three sixteen" |
//! | `bare_number` | a number without the word "verse", near words of that verse: "and in thirteen, fear not" |
//! | `list` | another number in a list: the 11 in "verses 7 and 11" |
//! | `correction` | the number after a slip: "Psalm 1, sorry, 46" |
//! | `matches_verse_text` | of several possible chapters, this one has the words around the verse |
//! | `sounds_like_a_book` | the word before the numbers sounds like the name of a book: "collisions 3:2" |
//! | `withdrawn` | the speaker corrected the reference at once: the Mark in "Mark 4, sorry, Luke 4" |
//! | `numbering` | the number follows the Hebrew, Greek or Catholic numbering: "Malachi 3:20 in the Catholic numbering" |
//! | `no_such_passage` | the chapter or verse does not exist in the book |

/// Defines the evidence names as constants.
macro_rules! evidence {
    ($($constant:ident = $name:literal,)+) => {
        $(pub(crate) const $constant: &str = $name;)+

        /// Every evidence name.
        #[cfg(test)]
        const ALL: &[&str] = &[$($name),+];
    };
}

evidence! {
    CHAPTER_AND_VERSE = "chapter_and_verse",
    NUMBER_AFTER = "number_after",
    ORDINAL_BEFORE = "ordinal_before",
    TITLE_OF_A_BOOK = "title_of_a_book",
    BOOK_OF = "book_of",
    PREPOSITION = "preposition",
    TURN_TO = "turn_to",
    READING = "reading",
    PASSAGE_WORD_AFTER = "passage_word_after",
    QUOTED_AS_SOURCE = "quoted_as_source",
    MATCHES_BOOK_TEXT = "matches_book_text",
    OWN_BOOK_NAMED = "own_book_named",
    TELLS_US = "tells_us",
    BIBLE_MENTIONED = "bible_mentioned",
    WHERE_AFTER = "where_after",
    CALLED_A_BOOK = "called_a_book",
    LIST_OF_BOOKS = "list_of_books",
    GOSPEL_AFTER = "gospel_after",
    SPOKEN_OF_AS_BOOK = "spoken_of_as_book",
    CALLED_IT = "called_it",
    TOLD_BY_ONE_GOSPEL = "told_by_one_gospel",
    SINGULAR_TITLE = "singular_title",
    PLACED_AMONG_BOOKS = "placed_among_books",
    ARTICLE_BEFORE = "article_before",
    PERSONAL_TITLE_BEFORE = "personal_title_before",
    SURNAME_AFTER = "surname_after",
    NAMESAKE = "namesake",
    EPITHET_AFTER = "epithet_after",
    POSSESSIVE = "possessive",
    PEOPLE = "people",
    ORDINARY_USE = "ordinary_use",
    COUNTS_THINGS = "counts_things",
    TOLD_OF_PERSON = "told_of_person",
    PROPHET_IN_STORY = "prophet_in_story",
    SCORE = "score",
    AGE = "age",
    LIKE_A_PEOPLE = "like_a_people",
    ORDINARY_WORD = "ordinary_word",
    NO_EVIDENCE = "no_evidence",
    VERSE_OR_CHAPTER = "verse_or_chapter",
    NUMBER_PAIR = "number_pair",
    BARE_NUMBER = "bare_number",
    LIST = "list",
    CORRECTION = "correction",
    MATCHES_VERSE_TEXT = "matches_verse_text",
    SOUNDS_LIKE_A_BOOK = "sounds_like_a_book",
    WITHDRAWN = "withdrawn",
    NUMBERING = "numbering",
    NO_SUCH_PASSAGE = "no_such_passage",
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the names in the first column of the tables above.
    fn documented() -> Vec<&'static str> {
        let rows = include_str!("evidence.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        rows.map(|row| row.split_once('`').expect("a name in backquotes").0).collect()
    }

    /// The constants are the only way to add evidence, and an unused one is a compiler warning.
    #[test]
    fn the_tables_list_every_evidence_name_in_order() {
        assert_eq!(documented(), ALL);
    }
}
