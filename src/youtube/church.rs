//! Guesses whether a channel is a church.

/// Words that identify a church, in lowercase. Only complete words match, so *Christmas* does not match *Christ*.
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

/// Decides from the title, description and keywords whether a channel is a church.
///
/// Returns `None` if there is no description and no word matches, because many churches have names like "Living Hope".
/// Keywords are often outdated, so they count only if there is no description.
pub(super) fn is_church(title: &str, description: &str, keywords: &str) -> Option<bool> {
    let has_description = !description.trim().is_empty();
    let matches =
        has_church_word(title) || has_church_word(description) || (!has_description && has_church_word(keywords));
    if matches { Some(true) } else { has_description.then_some(false) }
}

fn has_church_word(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_church_is_recognized_by_whole_words() {
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
    fn keywords_count_only_without_a_description() {
        assert_eq!(is_church("Living Hope", " ", "sermons \"bible teaching\""), Some(true));
        assert_eq!(is_church("Tech Reviews", "Laptop reviews", "church \"bible teaching\" sermons"), Some(false));
    }

    #[test]
    fn a_neutral_name_alone_is_inconclusive() {
        assert_eq!(is_church("Living Hope", "", ""), None);
    }
}
