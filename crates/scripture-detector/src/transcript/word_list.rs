//! Cues from records: words get their times, lists of single words are grouped, and long records are split.

use std::borrow::Cow;

use super::{
    Cue, clock,
    cue::CueBuilder,
    fields::{Record, Word},
    text,
};

/// Maximum number of words in a cue that is built from words.
const MAX_WORDS: usize = 16;

/// Records with more words than this are split, if their words have times.
const MAX_RECORD_WORDS: usize = 60;

/// Maximum pause within a cue, in seconds.
const MAX_PAUSE: f64 = 2.0;

/// Builds cues.
pub(super) fn cues(records: Vec<Record<'_>>) -> Vec<Cue> {
    if is_words(&records) {
        let words: Vec<Word<'_>> = records.into_iter().map(|record| (record.text, record.start)).collect();
        return grouped(&words);
    }
    records.iter().flat_map(of_record).collect()
}

/// Returns whether nearly all records are single words.
pub(super) fn is_words(records: &[Record<'_>]) -> bool {
    let words = records.iter().filter(|record| record.text.split_whitespace().nth(1).is_none()).count();
    records.len() > 3 && words * 10 >= records.len() * 9 && records.iter().all(|record| record.words.is_empty())
}

fn of_record(record: &Record<'_>) -> Vec<Cue> {
    let timed = record.words.iter().filter(|word| word.1.is_some()).count();
    if record.words.len() > MAX_RECORD_WORDS && timed * 2 > record.words.len() {
        return grouped(&record.words);
    }
    let start = record.start.and_then(clock::start_from_seconds).unwrap_or(0);
    let duration = record.end.and_then(clock::from_seconds).and_then(|end| end.checked_sub(start));
    let whole =
        if record.text.trim().is_empty() { joined(&record.words).into() } else { Cow::Borrowed(record.text.as_ref()) };
    let mut cue = Cue::timed(start, duration, &whole);
    add_word_times(&mut cue, &record.words);
    vec![cue]
}

/// Joins words. Whisper's have a space before them; others have none.
fn joined(words: &[Word<'_>]) -> String {
    if words.iter().any(|(word, _)| word.starts_with(' ')) {
        return words.iter().map(|(word, _)| word.as_ref()).collect();
    }
    words.iter().map(|(word, _)| word.as_ref()).collect::<Vec<_>>().join(" ")
}

/// Adds the times of words to a cue. The text of the cue is authoritative: a word that is not in it has no time.
fn add_word_times(cue: &mut Cue, words: &[Word<'_>]) {
    /// How far ahead to search for a word, in bytes.
    const WINDOW: usize = 80;
    let mut from = 0;
    for (word, start) in words {
        let word = if text::is_clean(word.trim()) { Cow::Borrowed(word.trim()) } else { text::clean(word).into() };
        let rest = &cue.text[from..];
        let find = || match rest.strip_prefix(' ') {
            // Most words are the next one.
            Some(rest) if rest.starts_with(&*word) => Some(1),
            _ => rest.find(&*word),
        };
        let found = (!word.is_empty()).then(find).flatten().filter(|at| *at <= WINDOW);
        let Some(at) = found.map(|at| from + at) else { continue };
        let starts_word = at == 0 || cue.text[..at].ends_with(' ');
        if let Some(start_ms) = start.and_then(clock::start_from_seconds).filter(|_| starts_word) {
            cue.words.push(super::WordTime { offset: at, start_ms });
        }
        from = at + word.len();
    }
}

/// Groups words into cues, at pauses and after sentences. A word without a time continues the cue.
fn grouped(words: &[Word<'_>]) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    let mut line: Option<(CueBuilder, u64)> = None;
    let (mut count, mut last, mut ends_sentence) = (0, 0.0, false);
    for (word, start) in words {
        let pauses = start.is_some_and(|start| start - last > MAX_PAUSE);
        if start.is_some() && (pauses || count >= MAX_WORDS || (ends_sentence && count > MAX_WORDS / 2)) {
            cues.extend(line.take().map(|(cue, start)| cue.finish(start, None)));
            count = 0;
        }
        last = start.unwrap_or(last);
        let ms = start.and_then(clock::start_from_seconds);
        let (cue, _) = line.get_or_insert_with(|| (CueBuilder::default(), ms.unwrap_or(0)));
        // Punctuation stays with the word before it.
        if word.contains(char::is_alphanumeric) {
            cue.push(" ", None);
            count += 1;
        }
        cue.push(word, ms);
        ends_sentence = word.ends_with(['.', '?', '!']);
    }
    cues.extend(line.map(|(cue, start)| cue.finish(start, None)));
    cues
}
