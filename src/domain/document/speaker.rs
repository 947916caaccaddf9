//! Suggests a speaker from the title of a video.

/// Words that occur in other parts of a title but not in names.
const NOT_NAMES: [&str; 33] = [
    "church",
    "service",
    "sunday",
    "morning",
    "evening",
    "worship",
    "sermon",
    "series",
    "live",
    "livestream",
    "stream",
    "message",
    "bible",
    "study",
    "part",
    "week",
    "chapel",
    "ministries",
    "ministry",
    "fellowship",
    "online",
    "prayer",
    "easter",
    "christmas",
    "advent",
    "full",
    "official",
    "the",
    "of",
    "and",
    "episode",
    "conference",
    "midweek",
];

/// Titles after which a single word is a name, as in "Pastor Ann".
const TITLES: [&str; 12] =
    ["pastor", "ps", "rev", "reverend", "dr", "bishop", "elder", "father", "fr", "apostle", "evangelist", "minister"];

/// Maximum number of words in a name, with titles.
const MAX_WORDS: usize = 5;

/// Returns the speaker named in a title such as `Title | Speaker | Church`: the only part after the first that looks
/// like a person's name and does not match `channel`, the name of the church.
pub fn suggested_speaker(title: &str, channel: &str) -> Option<String> {
    let church = words(channel);
    let is_church = |part: &str| {
        let part = words(part);
        !church.is_empty()
            && (part.windows(church.len()).any(|w| w == church) || church.windows(part.len().max(1)).any(|w| w == part))
    };
    let parts = title.split('|').skip(1).map(str::trim);
    let mut names = parts.filter(|part| is_name(part) && !is_church(part));
    let name = names.next()?;
    // With two candidates, either could be the speaker.
    names.next().is_none().then(|| name.to_owned())
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Returns whether text looks like a person's name: two to five capitalized words, or one after a title such as
/// "Pastor".
fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = |word: &str| word.trim_matches(['.', ',', '&']).to_lowercase();
    let starts_name = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    let is_title = |word: &str| TITLES.contains(&plain(word).as_str());
    let allowed =
        |character: char| character.is_alphabetic() || matches!(character, ' ' | '.' | '\'' | '’' | '-' | ',');
    let names = words.iter().filter(|word| !is_title(word)).count();
    let has_title = names < words.len();
    (1..=MAX_WORDS).contains(&words.len())
        && (names >= 2 || (has_title && names == 1))
        && text.chars().all(allowed)
        && words.iter().all(starts_name)
        && !words.iter().any(|word| NOT_NAMES.contains(&plain(word).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_looks_like_a_name_is_the_speaker() {
        for (title, channel, speaker) in [
            ("The Lost Son | Ann Lee", "Grace Church", Some("Ann Lee")),
            ("The Lost Son | Pastor Ann", "Grace Church", Some("Pastor Ann")),
            ("The Lost Son | Luke 15 | Dr. John O'Neil | Grace Church", "Grace Church", Some("Dr. John O'Neil")),
            ("The Lost Son | José Núñez-Díaz", "", Some("José Núñez-Díaz")),
            ("The Lost Son | Grace Church", "Grace Church", None),
            ("The Lost Son | Grace Hill", "Grace Hill", None),
            ("The Lost Son | Grace Hill", "Grace Hill Church", None),
            ("The Lost Son | Sunday Service", "Grace Church", None),
            ("The Lost Son | Week 3", "Grace Church", None),
            ("The Lost Son | Romans", "Grace Church", None),
            ("The Lost Son | what love is", "Grace Church", None),
            ("Ann Lee | The Lost Son of Luke", "Grace Church", None),
            ("The Lost Son | Ann Lee | Mark Young", "Grace Church", None),
            ("The Lost Son - Ann Lee", "Grace Church", None),
            ("", "", None),
        ] {
            assert_eq!(suggested_speaker(title, channel).as_deref(), speaker, "{title:?} by {channel:?}");
        }
    }
}
