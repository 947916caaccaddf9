//! Characters that print the same but are encoded differently: other hyphens and colons, full-width digits, letters with
//! a combining accent, and soft hyphens.

use std::borrow::Cow;

/// Text in which such characters were replaced, and where its bytes were in the original.
pub(crate) struct Normalized<'t> {
    pub(crate) text: Cow<'t, str>,
    /// The byte offset of each change in the new text, and the difference to the original from there on, ascending.
    shifts: Vec<(usize, usize)>,
}

impl<'t> Normalized<'t> {
    /// Normalizes text. Most text needs no changes and is borrowed.
    pub(crate) fn new(original: &'t str) -> Self {
        if original.is_ascii() || !has_any(original.as_bytes()) {
            return Self { text: Cow::Borrowed(original), shifts: Vec::new() };
        }
        let mut text = String::with_capacity(original.len());
        let mut shifts = Vec::new();
        for (at, character) in original.char_indices() {
            match replacement(character) {
                None => text.push(character),
                Some(replacement) => text.push_str(replacement),
            }
            let difference = at + character.len_utf8() - text.len();
            if shifts.last().map_or(0, |&(_, last)| last) != difference {
                shifts.push((text.len(), difference));
            }
        }
        Self { text: Cow::Owned(text), shifts }
    }

    /// Converts a byte offset in the normalized text to one in the original.
    pub(crate) fn original_offset(&self, offset: usize) -> usize {
        let after = self.shifts.partition_point(|&(start, _)| start <= offset);
        offset + after.checked_sub(1).map_or(0, |index| self.shifts[index].1)
    }

    /// Returns the byte offset in the original at which a span of the normalized text ends.
    pub(crate) fn original_end(&self, end: usize) -> usize {
        // What was removed right after the last character does not belong to the span.
        end.checked_sub(1).map_or(0, |last| self.original_offset(last) + 1)
    }
}

/// Returns whether text may have a character to normalize, judging by its bytes.
fn has_any(bytes: &[u8]) -> bool {
    const CHUNK: usize = 64;
    bytes.chunks(CHUNK).enumerate().any(|(index, chunk)| {
        // Nearly all text is ASCII. A character may continue in the next chunk.
        let end = bytes.len().min(index * CHUNK + chunk.len() + 2);
        !chunk.is_ascii()
            && bytes[index * CHUNK..end].windows(2).enumerate().any(|(at, pair)| {
                let third = bytes.get(index * CHUNK + at + 2).copied();
                match pair {
                    [0xC2, 0xAD] | [0xCC | 0xCD, _] | [0xEF, 0xAC | 0xB9 | 0xBC] => true,
                    [0xE2, 0x80] => matches!(third, Some(0x8C..=0x92 | 0x95)),
                    [0xE2, 0x81] => third == Some(0xA0),
                    [0xE2, 0x88] => matches!(third, Some(0x92 | 0xB6)),
                    _ => false,
                }
            })
    })
}

/// Returns what a character is replaced with, or `None` if it stays.
fn replacement(character: char) -> Option<&'static str> {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    Some(match character {
        // Soft hyphen, joiners, direction marks, and combining accents.
        '\u{ad}' | '\u{200c}'..='\u{200f}' | '\u{2060}' | '\u{300}'..='\u{36f}' => "",
        // Hyphens, the figure dash, the horizontal bar, and minus signs.
        '\u{2010}'..='\u{2012}' | '\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => "-",
        // The ratio sign and the full-width colon.
        '\u{2236}' | '\u{ff1a}' | '\u{fe55}' => ":",
        '\u{ff0e}' => ".",
        '\u{ff0c}' => ",",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{ff10}'..='\u{ff19}' => DIGITS[usize::try_from(u32::from(character) - 0xff10).ok()?],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back_to_the_original() {
        let original = "Ro\u{ad}mans 8\u{2236}28\u{2010}30 \u{ff13}\u{ff1a}4 e\u{301}!";
        let normalized = Normalized::new(original);
        assert_eq!(normalized.text, "Romans 8:28-30 3:4 e!");
        for word in ["Romans", "28", "30", "4", "!"] {
            let start = normalized.text.find(word).expect("the word");
            let end = start + word.len();
            let span = normalized.original_offset(start)..normalized.original_end(end);
            assert_eq!(original[span].replace('\u{ad}', ""), word);
        }
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["John 3:16–18 says", "“It’s” café — naïve", ""] {
            assert!(matches!(Normalized::new(text).text, Cow::Borrowed(_)), "{text}");
        }
    }
}
