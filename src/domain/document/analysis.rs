//! Fills a document with the results of an analysis.

use serde_json::Number;

use scripture_detector::{Analysis, Book, Class, NamedMention, transcript::Warning};

use super::{BookMentions, Document, DocumentWarning, Engine, MentionPosition, Stats, language::NOT_ENGLISH};

impl Document {
    /// Replaces every field that an analysis computes and leaves the others unchanged. Corrections must then be
    /// reapplied with [`Document::apply_corrections`].
    ///
    /// `counts`, `suspect_counts` and `positions` list all 66 books in canonical order. Contextual references,
    /// withdrawn references and references to deuterocanonical books appear only in `references`, and the legacy totals
    /// do not include them.
    #[must_use]
    pub fn with_analysis(mut self, analysis: Analysis) -> Self {
        let names = || Book::all().map(|book| book.name().to_owned());
        self.transcript_length = analysis.text_length as u64;
        self.stats = Stats::default();
        self.counts = names().map(|name| (name, 0)).collect();
        self.suspect_counts.clone_from(&self.counts);
        self.positions = names().map(|name| (name, BookMentions::default())).collect();
        for mention in analysis.mentions {
            self.add_mention(mention);
        }
        self.references = Some(analysis.references);
        self.as_measured = None;
        if let Some(verdict) = analysis.language {
            self.set_language(verdict.language);
        }
        self.warnings = analysis.warnings.into_iter().map(DocumentWarning::from).collect();
        self.engine = Some(Engine::current());
        self
    }

    fn add_mention(&mut self, mention: NamedMention) {
        if mention.book.is_deuterocanonical() {
            self.stats.deuterocanonical += u64::from(mention.class == Class::Confirmed);
            return;
        }
        let book = mention.book.index();
        let (_, positions) = self.positions.get_index_mut(book).expect("every book has an entry");
        let list = match mention.class {
            Class::Confirmed => {
                self.stats.scripture_references += 1;
                self.counts[book] += 1;
                &mut positions.valid
            }
            Class::Suspect => {
                self.stats.suspect_references += 1;
                self.suspect_counts[book] += 1;
                &mut positions.suspect
            }
            Class::FalsePositive => {
                self.stats.false_positives += 1;
                &mut positions.false_positive
            }
            Class::NotCounted => &mut positions.not_counted,
            // Withdrawn mentions are listed only in `references`.
            Class::Withdrawn => return,
        };
        self.stats.total_matches += 1;
        list.push(Some(MentionPosition {
            start: mention.start_seconds.and_then(Number::from_f64),
            context: Some(mention.context),
            text: Some(mention.line),
            matched_pattern: Some(mention.evidence.into_iter().next().unwrap_or_default()),
            ..MentionPosition::default()
        }));
    }
}

impl From<Warning> for DocumentWarning {
    fn from(warning: Warning) -> Self {
        let code = warning.code.name().to_owned();
        let detail = if code == NOT_ENGLISH { format!("not measured: {}", warning.detail) } else { warning.detail };
        Self { code, detail }
    }
}

#[cfg(test)]
mod tests {
    use scripture_detector::{analyze, transcript};

    use super::*;
    use crate::domain::VideoId;

    #[test]
    fn deuterocanonical_books_and_withdrawn_slips_are_listed_but_not_in_the_legacy_keys() {
        let transcript = transcript::read(b"Read Sirach 3:5. Then turn to Mark 4, sorry, Luke 4.").expect("text");
        let analysis = analyze(&transcript).expect("few mentions");
        let document = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        assert_eq!((document.stats.scripture_references, document.stats.deuterocanonical), (1, 1));
        assert_eq!((document.counts.len(), document.counts["Mark"], document.counts["Luke"]), (66, 0, 1));
        let osis: Vec<_> = document.references.iter().flatten().map(|reference| reference.osis.as_str()).collect();
        assert_eq!(osis, ["Sir.3.5", "Mark.4", "Luke.4"]);
        let json = serde_json::to_value(&document.stats).expect("JSON");
        assert_eq!(json["deuterocanonical"], 1);
        let without = serde_json::to_value(Stats::default()).expect("JSON");
        assert!(without.get("deuterocanonical").is_none(), "older documents stay as they are");
    }

    #[test]
    fn an_analysis_fills_the_legacy_keys_for_all_66_books_in_canonical_order() {
        let transcript =
            transcript::read(b"Open to John 5. Look at verse 24. Pastor John did a good job.").expect("text");
        let analysis = analyze(&transcript).expect("few mentions");
        let document = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        let names: Vec<_> = Book::all().map(Book::name).collect();
        assert_eq!(document.counts.keys().collect::<Vec<_>>(), names);
        assert_eq!(document.suspect_counts.keys().collect::<Vec<_>>(), names);
        assert_eq!(document.positions.keys().collect::<Vec<_>>(), names);
        assert_eq!((document.stats.scripture_references, document.stats.false_positives), (1, 1));
        assert_eq!((document.stats.total_matches, document.counts["John"]), (3, 1));
        assert_eq!(document.positions["Job"].not_counted.len(), 1);
        assert_eq!(document.references.map(|found| found.len()), Some(2), "the contextual reference is listed");
    }
}
