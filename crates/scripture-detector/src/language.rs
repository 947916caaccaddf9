//! The language of a transcript.
//!
//! The detector only understands English. In another language it finds a few references by accident, which looks like a
//! result. Transcripts that are wholly or partly in another language are therefore recognized.
//!
//! English must never be flagged, even if it is badly transcribed, in lower case and without punctuation. The first test is therefore
//! how many short stretches of text lack all of the most frequent English words; a language is only guessed for those.

use whatlang::Lang;

use crate::{
    letters::floor_char_boundary,
    transcript::{JoinedText, Warning, WarningCode},
};

/// What language a transcript is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanguageVerdict {
    /// The language that most of the transcript is in, as a BCP 47 tag such as `pt`.
    pub language: &'static str,
    /// The English name of the language other than English that was found: `Portuguese`. It is `English` if there is none.
    pub name: &'static str,
    /// Whether parts of the transcript are in English and others are not.
    pub mixed: bool,
}

impl LanguageVerdict {
    /// Returns whether the transcript is mostly in English.
    pub fn is_english(&self) -> bool {
        self.language == "en"
    }

    /// Returns the warning for a transcript that is not in English, or only partly.
    pub fn warning(self) -> Option<Warning> {
        let (code, detail) = match self {
            Self { mixed: true, name, .. } => (WarningCode::MixedLanguages, format!("parts of this are {name}")),
            verdict if !verdict.is_english() => (WarningCode::NotEnglish, format!("this is {}", verdict.name)),
            _ => return None,
        };
        Some(Warning { code, detail })
    }
}

/// Minimum number of words for a verdict.
const MIN_WORDS: usize = 200;

/// Maximum number of bytes examined.
const MAX_BYTES: usize = 8 * 1024;

/// The number of samples: at the start, the middle and the end.
const SAMPLES: usize = 3;

/// The number of words in a stretch.
const STRETCH: usize = 6;

/// A third of the words of English speech are among these. They are rare in other languages in Latin script. Sorted.
const ENGLISH: [&str; 69] = [
    "about", "and", "are", "be", "because", "been", "but", "can", "could", "don't", "from", "get", "going", "good",
    "her", "here", "him", "his", "how", "i'm", "if", "into", "it", "it's", "just", "know", "life", "like", "not",
    "now", "of", "one", "our", "out", "people", "right", "said", "says", "she", "should", "some", "than", "that",
    "that's", "the", "their", "them", "then", "there", "these", "they", "think", "this", "those", "through", "up",
    "us", "we're", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your",
];

/// Detects the language of the text. Returns `None` if it has fewer than 200 words.
///
/// # Examples
///
/// ```
/// use scripture_detector::{language, transcript::JoinedText};
///
/// let portuguese = "Abram comigo a Bíblia em João capítulo três e vamos ler o que diz a palavra de Deus. ".repeat(20);
/// let verdict = language::detect(&JoinedText::plain(&portuguese)).expect("enough words");
/// assert_eq!((verdict.language, verdict.name, verdict.mixed), ("pt", "Portuguese", false));
/// ```
pub fn detect(text: &JoinedText) -> Option<LanguageVerdict> {
    let samples = samples(text.as_str());
    let words: Vec<&str> = samples.iter().flat_map(|sample| words(sample)).collect();
    if words.len() < MIN_WORDS {
        return None;
    }
    let stretches: Vec<&[&str]> = words.chunks(STRETCH).collect();
    let foreign: Vec<&[&str]> =
        stretches.iter().copied().filter(|words| !words.iter().any(|word| is_english(word))).collect();
    let english = LanguageVerdict { language: "en", name: "English", mixed: false };
    // English has one such stretch in ten, and more if it is badly transcribed.
    if foreign.len() * 5 < stretches.len() {
        return Some(english);
    }
    let Some(found) = whatlang::detect(&foreign.concat().join(" ")) else { return Some(english) };
    if found.lang() == Lang::Eng {
        return Some(english);
    }
    // Words that are English by chance, such as names, do not make the text mixed.
    if foreign.len() * 20 >= stretches.len() * 17 {
        return Some(LanguageVerdict { language: tag(found.lang()), name: name(found.lang()), mixed: false });
    }
    let is_mostly_english = foreign.len() * 5 < stretches.len() * 3;
    let language = if is_mostly_english { "en" } else { tag(found.lang()) };
    Some(LanguageVerdict { language, name: name(found.lang()), mixed: true })
}

/// Returns the start, the middle and the end of the text, or all of it if it is short.
fn samples(text: &str) -> Vec<&str> {
    if text.len() <= MAX_BYTES {
        return vec![text];
    }
    let size = MAX_BYTES / SAMPLES;
    let sample = |nth: usize| {
        let start = floor_char_boundary(text, (text.len() - size) / (SAMPLES - 1) * nth);
        let sample = &text[start..floor_char_boundary(text, start + size)];
        // The first and the last word may be cut off.
        let first = if nth == 0 { 0 } else { sample.find(' ').map_or(0, |at| at + 1) };
        &sample[first..]
    };
    (0..SAMPLES).map(sample).collect()
}

/// Splits text into words. Scripts that write no spaces have about two letters per word.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        if word.is_ascii() || !word.chars().any(|letter| matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')) {
            words.push(word);
            continue;
        }
        let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).step_by(2).chain([word.len()]).collect();
        words.extend(starts.windows(2).map(|pair| &word[pair[0]..pair[1]]));
    }
    words
}

/// Returns whether a word is one of the most frequent English words.
fn is_english(word: &str) -> bool {
    let word = word.trim_matches(|letter: char| !letter.is_alphanumeric()).as_bytes();
    let mut lower = [0_u8; 7];
    let Some(lower) = lower.get_mut(..word.len()) else { return false };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    ENGLISH.binary_search_by(|known| known.as_bytes().cmp(lower)).is_ok()
}

/// Returns the BCP 47 tag of a language: the two-letter code of ISO 639-1 if it has one.
fn tag(language: Lang) -> &'static str {
    let code = language.code();
    TAGS.iter().find(|(long, _)| *long == code).map_or(code, |(_, tag)| *tag)
}

/// Returns the English name of a language from its BCP 47 tag, or `None` if it is not a language that [`detect`] knows.
///
/// # Examples
///
/// ```
/// use scripture_detector::language::english_name;
///
/// assert_eq!(english_name("pt-BR"), Some("Portuguese"));
/// assert_eq!(english_name("tlh"), None);
/// ```
pub fn english_name(tag: &str) -> Option<&'static str> {
    let primary = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
    let code = TAGS.iter().find(|(_, short)| *short == primary).map_or(primary.as_str(), |(code, _)| *code);
    Lang::from_code(code).map(name)
}

/// Returns the name of a language as users know it.
fn name(language: Lang) -> &'static str {
    match language {
        Lang::Cmn => "Chinese",
        Lang::Pes => "Persian",
        other => other.eng_name(),
    }
}

/// ISO 639-3 codes and BCP 47 tags.
const TAGS: [(&str, &str); 70] = [
    ("epo", "eo"),
    ("eng", "en"),
    ("rus", "ru"),
    ("cmn", "zh"),
    ("spa", "es"),
    ("por", "pt"),
    ("ita", "it"),
    ("ben", "bn"),
    ("fra", "fr"),
    ("deu", "de"),
    ("ukr", "uk"),
    ("kat", "ka"),
    ("ara", "ar"),
    ("hin", "hi"),
    ("jpn", "ja"),
    ("heb", "he"),
    ("yid", "yi"),
    ("pol", "pl"),
    ("amh", "am"),
    ("jav", "jv"),
    ("kor", "ko"),
    ("nob", "nb"),
    ("dan", "da"),
    ("swe", "sv"),
    ("fin", "fi"),
    ("tur", "tr"),
    ("nld", "nl"),
    ("hun", "hu"),
    ("ces", "cs"),
    ("ell", "el"),
    ("bul", "bg"),
    ("bel", "be"),
    ("mar", "mr"),
    ("kan", "kn"),
    ("ron", "ro"),
    ("slv", "sl"),
    ("hrv", "hr"),
    ("srp", "sr"),
    ("mkd", "mk"),
    ("lit", "lt"),
    ("lav", "lv"),
    ("est", "et"),
    ("tam", "ta"),
    ("vie", "vi"),
    ("urd", "ur"),
    ("tha", "th"),
    ("guj", "gu"),
    ("uzb", "uz"),
    ("pan", "pa"),
    ("aze", "az"),
    ("ind", "id"),
    ("tel", "te"),
    ("pes", "fa"),
    ("mal", "ml"),
    ("ori", "or"),
    ("mya", "my"),
    ("nep", "ne"),
    ("sin", "si"),
    ("khm", "km"),
    ("tuk", "tk"),
    ("aka", "ak"),
    ("zul", "zu"),
    ("sna", "sn"),
    ("afr", "af"),
    ("lat", "la"),
    ("slk", "sk"),
    ("cat", "ca"),
    ("tgl", "tl"),
    ("hye", "hy"),
    ("cym", "cy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Option<(&'static str, &'static str, bool)> {
        detect(&JoinedText::plain(text)).map(|verdict| (verdict.language, verdict.name, verdict.mixed))
    }

    /// Sentences of a sermon in several languages, without punctuation, as speech recognition writes them.
    const FOREIGN: [(&str, &str, &str); 10] = [
        (
            "pt",
            "Portuguese",
            "abram comigo a palavra de deus no evangelho de joão capítulo três porque deus amou o mundo de tal maneira que deu o seu filho e nós precisamos entender o que isso significa para a nossa vida hoje",
        ),
        (
            "es",
            "Spanish",
            "vamos a leer juntos en la carta a los romanos capítulo ocho y quiero que ustedes escuchen lo que el apóstol está diciendo porque nada nos puede separar del amor de dios",
        ),
        (
            "fr",
            "French",
            "nous allons lire ensemble dans la lettre aux romains chapitre huit et je voudrais que vous écoutiez ce que l'apôtre nous dit parce que rien ne peut nous séparer de l'amour de dieu",
        ),
        (
            "de",
            "German",
            "wir lesen heute aus dem brief an die römer im achten kapitel und ich möchte dass ihr hört was der apostel uns sagt denn nichts kann uns scheiden von der liebe gottes die in christus ist",
        ),
        (
            "it",
            "Italian",
            "leggiamo insieme dalla lettera ai romani al capitolo otto e vorrei che ascoltaste quello che l'apostolo ci dice perché niente ci può separare dall'amore di dio che è in cristo",
        ),
        (
            "nl",
            "Dutch",
            "we lezen vandaag uit de brief aan de romeinen het achtste hoofdstuk en ik wil dat jullie luisteren naar wat de apostel ons zegt want niets kan ons scheiden van de liefde van god",
        ),
        (
            "ru",
            "Russian",
            "давайте откроем послание к римлянам восьмую главу и послушаем что говорит нам апостол потому что ничто не может отлучить нас от любви божией во христе",
        ),
        (
            "ko",
            "Korean",
            "오늘 우리는 로마서 팔장을 함께 읽겠습니다 사도가 우리에게 말하는 것을 들으시기 바랍니다 아무것도 우리를 하나님의 사랑에서 끊을 수 없습니다",
        ),
        (
            "zh",
            "Chinese",
            "今天我们一起来读罗马书第八章请大家听使徒对我们说的话因为没有什么能使我们与神的爱隔绝这爱是在我们的主基督耶稣里的",
        ),
        (
            "ar",
            "Arabic",
            "سنقرأ اليوم معا من رسالة رومية الإصحاح الثامن وأريد أن تسمعوا ما يقوله الرسول لنا لأنه لا شيء يقدر أن يفصلنا عن محبة الله",
        ),
    ];

    const ENGLISH_SERMON: &str = "so i want you to turn with me this morning to the book of romans and we are going to look at what paul \
        is saying here because he knows that nothing can separate us from the love of god and that is where our hope comes from";

    #[test]
    fn other_languages_are_recognized() {
        for (tag, name, text) in FOREIGN {
            assert_eq!(verdict(&format!("{text} ").repeat(20)), Some((tag, name, false)), "{text}");
        }
    }

    #[test]
    fn english_is_recognized_whatever_its_marks() {
        let upper = ENGLISH_SERMON.to_uppercase();
        for text in [ENGLISH_SERMON, &upper] {
            assert_eq!(verdict(&format!("{text} ").repeat(20)), Some(("en", "English", false)));
        }
        // A list of names has none of the frequent words.
        let names = "Abraham Isaac Jacob Judah Perez Hezron Ram Amminadab Nahshon Salmon Boaz Obed Jesse David Solomon Rehoboam ";
        let text = format!(
            "{} {} {}",
            format!("{ENGLISH_SERMON} ").repeat(9),
            names.repeat(8),
            format!("{ENGLISH_SERMON} ").repeat(9)
        );
        assert_eq!(verdict(&text), Some(("en", "English", false)));
    }

    #[test]
    fn a_sermon_with_an_interpreter_is_mixed() {
        for (_, name, text) in &FOREIGN[..8] {
            let text = format!("{ENGLISH_SERMON} {text} ").repeat(20);
            let found = detect(&JoinedText::plain(&text)).expect("a verdict");
            assert!(found.mixed && found.name == *name, "{name}: {found:?}");
        }
        // A greeting in another language is not enough.
        let greeting = format!("{} {}", FOREIGN[1].2, format!("{ENGLISH_SERMON} ").repeat(40));
        assert_eq!(verdict(&greeting), Some(("en", "English", false)));
    }

    #[test]
    fn a_short_text_has_no_verdict() {
        assert_eq!(verdict(""), None);
        assert_eq!(verdict(&"amém ".repeat(199)), None);
    }
}
