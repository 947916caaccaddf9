//! Whether a channel seems to be a church.

/// Words by which a church is known, in lower case; whole words only, so that *Christmas* is not *Christ*.
const WORDS: [&str; 44] = [
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
];

/// Judges by a channel's own words.
///
/// Keywords are for search engines and often left over from another time: they count only where the channel says
/// nothing of itself.
pub(super) fn is_church(title: &str, description: &str, keywords: &str) -> bool {
    has_word(title) || has_word(description) || (description.trim().is_empty() && has_word(keywords))
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
            assert!(is_church(title, description, ""), "{title}");
        }
        for (title, description) in [
            ("Tech Reviews", "Laptop reviews. Christmas specials!"),
            ("Churchill Archive", "speeches from Christchurch"),
            ("Biblioteca", "administry and gospelesque"),
            ("", ""),
        ] {
            assert!(!is_church(title, description, ""), "{title}");
        }
    }

    #[test]
    fn keywords_count_only_where_there_is_no_description() {
        assert!(is_church("Living Hope", " ", "sermons \"bible teaching\""));
        assert!(!is_church("Tech Reviews", "Laptop reviews", "church \"bible teaching\" sermons"));
    }
}
