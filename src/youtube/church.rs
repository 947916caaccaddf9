//! Whether a channel seems to be a church.

/// Words by which a church is known, in lower case; whole words only, so that *Christmas* is not *Christ*.
const WORDS: [&str; 54] = [
    "church",
    "churches",
    "christ",
    "christian",
    "christians",
    "christianity",
    "jesus",
    "messiah",
    "gospel",
    "gospels",
    "ministry",
    "ministries",
    "bible",
    "bibles",
    "biblical",
    "scripture",
    "scriptures",
    "sermon",
    "sermons",
    "pastor",
    "pastors",
    "worship",
    "discipleship",
    "evangelical",
    "evangelist",
    "baptist",
    "baptists",
    "methodist",
    "presbyterian",
    "lutheran",
    "pentecostal",
    "anglican",
    "episcopal",
    "catholic",
    "orthodox",
    "adventist",
    "adventists",
    "mennonite",
    "nazarene",
    "chapel",
    "congregation",
    "iglesia",
    "igreja",
    "kirche",
    "preaching",
    "preacher",
    "preachers",
    "salvation",
    "apostolic",
    "cathedral",
    "parish",
    "calvary",
    "missionary",
    "theology",
];

/// Judges by a channel's own words; none where it says nothing of itself, for many a church has a name without one.
///
/// Keywords are for search engines and often left over from another time: they count only where there is no
/// description.
pub(super) fn is_church(title: &str, description: &str, keywords: &str) -> Option<bool> {
    let describes_itself = !description.trim().is_empty();
    let found = has_word(title) || has_word(description) || (!describes_itself && has_word(keywords));
    if found { Some(true) } else { describes_itself.then_some(false) }
}

/// Whether one of the words stands in a text.
fn has_word(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_church_is_known_by_whole_words() {
        for (title, description) in [
            ("Grace “Test” Church", ""),
            ("Living Hope", "We preach CHRIST’s love"),
            ("Hillside", "a Bible-teaching community"),
            ("Iglesia Nueva Vida", "Bienvenidos"),
        ] {
            assert_eq!(is_church(title, description, ""), Some(true), "{title}");
        }
        for (title, description) in [
            ("Tech Reviews", "Laptop reviews. Christmas specials!"),
            ("Churchill Archive", "speeches from Christchurch"),
            ("Biblioteca", "administry and gospelesque"),
        ] {
            assert_eq!(is_church(title, description, ""), Some(false), "{title}");
        }
    }

    #[test]
    fn keywords_count_only_where_there_is_no_description() {
        assert_eq!(is_church("Living Hope", " ", "sermons \"bible teaching\""), Some(true));
        assert_eq!(is_church("Tech Reviews", "Laptop reviews", "church \"bible teaching\" sermons"), Some(false));
    }

    #[test]
    fn a_name_alone_that_is_no_church_word_decides_nothing() {
        assert_eq!(is_church("Living Hope", "", ""), None);
    }
}
