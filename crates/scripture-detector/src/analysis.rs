//! Analysis of a whole transcript: mentions and references with their times and context.

use std::ops::Range;

use crate::{
    Book, Class, Evidence, Kind, MAX_MENTIONS, Mention, Passage, Reference, detect,
    excerpt::{CodePointCounter, context_around},
    language::{self, LanguageVerdict},
    transcript::{JoinedText, Transcript, Warning},
};

/// The result of analyzing one transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The length of the joined text in Unicode code points.
    pub text_length: usize,
    /// Every place where a book is named, whatever its class, in text order. Contextual references are not included.
    pub mentions: Vec<NamedMention>,
    /// Every confirmed or suspect reference, contextual ones included, in text order.
    pub references: Vec<Reference>,
    /// The language, if the transcript is long enough to tell.
    pub language: Option<LanguageVerdict>,
    /// The warnings of the transcript, and whether it is in a language other than English.
    pub warnings: Vec<Warning>,
}

/// A place where a book of the Bible is named.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedMention {
    /// The book that is named or, for a Greek addition to Daniel or Esther, the deuterocanonical book that consists of it.
    pub book: Book,
    /// How certain it is that the mention cites Scripture.
    pub class: Class,
    /// Seconds from the start of the recording to the first word; `None` if the transcript has no times.
    pub start_seconds: Option<f64>,
    /// About 150 bytes on each side of the mention, with `...` where the text was cut.
    pub context: String,
    /// The caption line in which the mention starts, or `context` if the line is longer than that.
    pub line: String,
    /// The evidence for the class, strongest first.
    pub evidence: Vec<Evidence>,
}

/// The transcript has more than [`MAX_MENTIONS`] mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the transcript has more than {MAX_MENTIONS} mentions of books of the Bible, too many for one sermon: split it into parts"
)]
pub struct TooManyMentions;

/// Finds every mention and reference in a transcript.
///
/// # Errors
///
/// Returns [`TooManyMentions`] if there are more than [`MAX_MENTIONS`].
///
/// # Examples
///
/// ```
/// use scripture_detector::{analyze, transcript};
///
/// let captions = b"1\n00:00:01,500 --> 00:00:04,000\nTurn to Romans chapter\n\n\
///                  2\n00:00:04,000 --> 00:00:06,000\n8 verse 28, please.\n";
/// let analysis = analyze(&transcript::read(captions)?)?;
/// assert_eq!(analysis.references[0].osis, "Rom.8.28");
/// assert_eq!(analysis.references[0].start_seconds, Some(1.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn analyze(transcript: &Transcript) -> Result<Analysis, TooManyMentions> {
    let joined = transcript.joined();
    let detected = detect(&joined);
    if detected.len() > MAX_MENTIONS {
        return Err(TooManyMentions);
    }
    let (mut mentions, mut references) = (Vec::new(), Vec::new());
    let mut code_points = CodePointCounter::new(joined.as_str());
    for mention in detected {
        if mention.kind != Kind::Contextual {
            mentions.push(named_mention(&joined, &mention));
        }
        let (start, end) = (code_points.count_to(mention.span.start), code_points.count_to(mention.span.end));
        if let Some(passage) = mention.passage {
            references.push(reference(&joined, mention, passage, start..end));
        }
    }
    let language = language::detect(&joined);
    let warnings = transcript.warnings.iter().cloned().chain(language.and_then(LanguageVerdict::warning)).collect();
    let text_length = code_points.count_to(joined.as_str().len());
    Ok(Analysis { text_length, mentions, references, language, warnings })
}

fn named_mention(joined: &JoinedText, mention: &Mention) -> NamedMention {
    let context = context_around(joined.as_str(), &mention.span);
    // Some files have the whole sermon on one line, which would be repeated for every mention.
    let line = joined.cue_at(mention.span.start);
    let line = if line.len() > context.len() { context.clone() } else { line.to_owned() };
    let addition = mention.passage.and_then(Passage::in_own_book);
    NamedMention {
        book: addition.map_or(mention.book, Passage::book),
        class: mention.class,
        start_seconds: seconds_at(joined, mention.span.start),
        context,
        line,
        evidence: mention.evidence.clone(),
    }
}

/// Builds the reference for a mention that cites a passage; `code_points` is its span in code points.
fn reference(joined: &JoinedText, mention: Mention, passage: Passage, code_points: Range<usize>) -> Reference {
    Reference {
        osis: passage.to_string(),
        book: passage.book(),
        chapter: passage.chapter(),
        verse: passage.verse(),
        end_chapter: passage.end_chapter(),
        end_verse: passage.end_verse(),
        kind: mention.kind,
        class: mention.class,
        start_seconds: seconds_at(joined, mention.span.start),
        start_char: code_points.start,
        end_char: code_points.end,
        text: joined.as_str()[mention.span.clone()].to_owned(),
        context: context_around(joined.as_str(), &mention.span),
        evidence: mention.evidence,
        repaired: mention.repaired,
        anchor: mention.anchor.map(|anchor| anchor.to_string()),
        source: None,
    }
}

/// Returns the time of the word at a byte offset, in seconds.
#[expect(clippy::cast_precision_loss, reason = "no recording is 2^53 milliseconds long")]
fn seconds_at(joined: &JoinedText, offset: usize) -> Option<f64> {
    joined.time_at(offset).map(|milliseconds| milliseconds as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::WarningCode;
    use crate::transcript::{Cue, Format, WordTime};

    fn analyzed(cues: &[(&str, u64)]) -> Analysis {
        analyze(&transcript(cues)).expect("few mentions")
    }

    fn transcript(cues: &[(&str, u64)]) -> Transcript {
        let cue = |&(text, start): &(&str, u64)| Cue {
            start_ms: Some(start),
            duration_ms: None,
            text: text.to_owned(),
            words: Vec::new(),
        };
        Transcript {
            format: Format::Srt,
            language: None,
            cues: cues.iter().map(cue).collect(),
            chapters: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_reference_split_across_cues_is_one_reference_with_the_time_of_its_first_word() {
        let analysis = analyzed(&[("« Été » turn to Romans chapter", 1500), ("8 verse 28 please", 4000)]);
        let found = &analysis.references[0];
        assert_eq!((found.osis.as_str(), found.start_seconds, found.start_char), ("Rom.8.28", Some(1.5), 16));
        assert_eq!(found.end_char - found.start_char, found.text.chars().count());
        assert_eq!(analysis.text_length, 48);
        let mention = &analysis.mentions[0];
        assert_eq!(
            (mention.book.name(), mention.class, mention.start_seconds),
            ("Romans", Class::Confirmed, Some(1.5))
        );
        assert_eq!(mention.line, "« Été » turn to Romans chapter");
        assert_eq!(mention.context, "« Été » turn to Romans chapter 8 verse 28 please");
    }

    #[test]
    fn a_reference_has_the_time_of_its_first_word_if_the_captions_have_word_times() {
        let mut transcript = transcript(&[("and now John 3:16", 1000)]);
        transcript.cues[0].words = vec![WordTime { offset: 0, start_ms: 1000 }, WordTime { offset: 8, start_ms: 1900 }];
        assert_eq!(analyze(&transcript).expect("few mentions").references[0].start_seconds, Some(1.9));
    }

    #[test]
    fn contextual_references_are_not_mentions_of_a_book() {
        let analysis = analyzed(&[("Open to John 5. Look at verse 24. Pastor John did a good job.", 0)]);
        let osis: Vec<_> = analysis.references.iter().map(|found| found.osis.as_str()).collect();
        assert_eq!(osis, ["John.5", "John.5.24"]);
        assert_eq!(analysis.references[1].anchor.as_deref(), Some("John.5"));
        let classes: Vec<_> = analysis.mentions.iter().map(|mention| (mention.book.name(), mention.class)).collect();
        let expected = [("John", Class::Confirmed), ("John", Class::FalsePositive), ("Job", Class::NotCounted)];
        assert_eq!(classes, expected);
    }

    #[test]
    fn an_addition_to_daniel_is_a_mention_of_its_own_book() {
        let analysis = analyzed(&[("Read Daniel 13:22 and Daniel 3:57. Turn to Daniel 3:25. Read Esther 14:3.", 0)]);
        let books: Vec<_> = analysis.mentions.iter().map(|mention| mention.book.name()).collect();
        assert_eq!(books, ["Susanna", "Prayer of Azariah", "Daniel", "Additions to Esther"]);
        let found: Vec<_> =
            analysis.references.iter().map(|found| (found.osis.as_str(), found.counted_book().osis())).collect();
        let expected = [("Dan.13.22", "Sus"), ("Dan.3.57", "PrAzar"), ("Dan.3.25", "Dan"), ("Esth.14.3", "AddEsth")];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_very_long_line_is_replaced_by_the_context() {
        let line = "let us read John 3:16 and think about what it says to us today and every day ".repeat(100);
        let analysis = analyzed(&[(&line, 0)]);
        assert_eq!(analysis.mentions.len(), 100);
        assert!(analysis.mentions.iter().all(|mention| mention.line.len() < 400));
    }

    #[test]
    fn the_warnings_say_that_a_transcript_is_not_english() {
        let analysis = |text: &str| analyzed(&[(&text.repeat(30), 0)]);
        let english = "and so we turn to the book of Hosea because that is what they said. ";
        let spanish = "vamos a leer juntos en la carta a los romanos porque nada nos puede separar. ";
        assert_eq!(analysis(english).warnings, []);
        let warnings = |text: &str| {
            analysis(text).warnings.into_iter().map(|warning| (warning.code, warning.detail)).collect::<Vec<_>>()
        };
        assert_eq!(warnings(spanish), [(WarningCode::NotEnglish, "this is Spanish".to_owned())]);
        let both = english.to_owned() + spanish;
        assert_eq!(warnings(&both), [(WarningCode::MixedLanguages, "parts of this are Spanish".to_owned())]);
        assert_eq!(analysis(spanish).language.map(|verdict| verdict.language), Some("es"));
    }

    #[test]
    fn a_transcript_with_too_many_mentions_is_refused() {
        let line = "John 3:16 ".repeat(MAX_MENTIONS + 1);
        assert_eq!(analyze(&transcript(&[(&line, 0)])), Err(TooManyMentions));
        let line = "John 3 ".to_owned() + &"verse 16 ".repeat(500_000);
        assert_eq!(analyze(&transcript(&[(&line, 0)])), Err(TooManyMentions));
    }
}
