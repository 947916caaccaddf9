//! Rolling captions in formats other than YouTube's own: converters write each line two or three times, first as the last
//! line of a cue and then as the first line of the next.
//!
//! Lines are compared as text, because many formats join the lines of a cue.

use super::Cue;

/// Maximum number of lines shown together.
const MAX_LINES: usize = 4;

/// A cue that starts later than this after the previous one repeats words because they are said again, in milliseconds.
const MAX_GAP_MS: u64 = 100;

/// Cues of at most this duration only move lines, in milliseconds.
const FLASH_MS: u64 = 50;

/// At most how long a word is shown on average, in milliseconds.
const MEAN_WORD_MS: u64 = 1000;

/// Removes the repeated lines if the cues are rolling.
pub(super) fn undo(cues: &mut Vec<Cue>) {
    if cues.len() < 3 || cues.iter().any(|cue| cue.start_ms.is_none()) {
        return;
    }
    merge_identical(cues);
    let repeated = repeated_bytes(cues);
    let moved = repeated.iter().zip(&*cues).filter(|(cut, cue)| **cut == cue.text.len()).count();
    let extended = repeated.iter().filter(|cut| **cut > 0).count() - moved;
    let pairs = cues.len() - 1;
    let has_flash = cues.iter().any(|cue| cue.duration_ms.is_some_and(|duration| duration <= FLASH_MS));
    if extended + usize::from(has_flash) < 2 || extended * 4 < pairs || (extended + moved) * 2 <= pairs {
        return;
    }
    let mut kept: Vec<Cue> = Vec::with_capacity(cues.len());
    for (mut cue, cut) in cues.drain(..).zip(repeated) {
        if cut == cue.text.len() {
            if let Some(last) = kept.last_mut() {
                let end = cue.start_ms.zip(cue.duration_ms).map(|(start, duration)| start + duration);
                let duration = end.zip(last.start_ms).and_then(|(end, start)| end.checked_sub(start));
                last.duration_ms = last.duration_ms.max(duration);
            }
            continue;
        }
        // The repeated part ends before a space.
        let start = if cut == 0 { 0 } else { cut + 1 };
        cue.text.drain(..start);
        cue.words.retain(|word| word.offset >= start);
        cue.words.iter_mut().for_each(|word| word.offset -= start);
        kept.push(cue);
    }
    *cues = kept;
}

/// Merges cues that show the same words again, if most do: programs write a cue per word, with the word underlined.
fn merge_identical(cues: &mut Vec<Cue>) {
    let repeats = |pair: &[Cue]| {
        let end = pair[0].start_ms.zip(pair[0].duration_ms).map(|(start, duration)| start + duration);
        let is_near = end.zip(pair[1].start_ms).is_some_and(|(end, start)| start <= end + MAX_GAP_MS);
        is_near && pair[0].text == pair[1].text && pair[0].text.contains(' ')
    };
    let repeated = cues.windows(2).filter(|pair| repeats(pair)).count();
    let shown: u64 = cues.iter().filter_map(|cue| cue.duration_ms).sum();
    // A refrain is shown for longer than a word.
    let is_by_word = shown <= u64::try_from(cues.len()).unwrap_or(u64::MAX).saturating_mul(MEAN_WORD_MS);
    if repeated * 2 <= cues.len() || !is_by_word {
        return;
    }
    cues.dedup_by(|next, last| {
        let is_same = repeats(&[last.clone(), next.clone()]);
        if is_same {
            last.duration_ms = next
                .start_ms
                .zip(next.duration_ms)
                .zip(last.start_ms)
                .map(|((start, duration), first)| start + duration - first);
        }
        is_same
    });
}

/// Returns how many bytes at the start of each cue repeat the lines before it.
fn repeated_bytes(cues: &[Cue]) -> Vec<usize> {
    // The new parts of the previous cues that can still be shown.
    let mut recent: Vec<&str> = Vec::new();
    let mut lengths = Vec::with_capacity(cues.len());
    let mut last_end = None;
    for cue in cues {
        let text = cue.text.as_str();
        let is_flash = cue.duration_ms.is_some_and(|duration| duration <= FLASH_MS);
        let is_near = last_end.zip(cue.start_ms).is_none_or(|(end, start)| start <= end + MAX_GAP_MS);
        let mut cut = (0..recent.len()).find_map(|first| prefix(&recent[first..], text)).unwrap_or(0);
        if cut == 0 && is_flash && recent.last().is_some_and(|line| is_tail(line, text)) {
            cut = text.len();
            recent = vec![text];
        }
        if cut == text.len() && !is_near {
            cut = 0;
        }
        if cut == 0 {
            recent.clear();
        }
        if cut < text.len() {
            recent.push(if cut == 0 { text } else { &text[cut + 1..] });
            recent.drain(..recent.len().saturating_sub(MAX_LINES));
        }
        last_end = cue.duration_ms.and_then(|duration| Some(cue.start_ms? + duration));
        lengths.push(cut);
    }
    lengths
}

/// Returns the length of the lines, joined by spaces, if the text starts with them.
fn prefix(lines: &[&str], text: &str) -> Option<usize> {
    let mut rest = text;
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(' ')?;
        }
        rest = rest.strip_prefix(line)?;
    }
    (rest.is_empty() || rest.starts_with(' ')).then_some(text.len() - rest.len())
}

/// Returns whether the last words of a line are this text.
fn is_tail(line: &str, text: &str) -> bool {
    line.strip_suffix(text).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
}
