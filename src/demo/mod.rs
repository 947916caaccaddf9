//! Invented sermons, for demonstrations, pictures, tests and measurements.
//!
//! Pure and seeded: the same seed, day and number always give the same bytes. The churches, preachers and words are made
//! up here; nothing is copied from a sermon or from the Bible. The transcripts go through the real
//! `scripture_detector::transcript` and [`crate::analysis`], and the generator remembers what it cited ([`Label`]), so they are
//! also a check of the meter. Knows neither a database nor files.
//!
//! ```text
//! themes, churches, phrases -> talk (words and labels) -> captions (times) -> sermon (a document)
//! ```

mod captions;
mod churches;
mod citing;
mod particulars;
mod phrases;
mod speech;
mod talk;
mod themes;

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use scripture_detector::transcript;

use crate::domain::{Document, Source, SourceKind};
use particulars::Particulars;
pub use speech::Label;
use talk::{Analyzed, Talk};

/// So many different talks are invented; further sermons repeat the words of these under other particulars.
pub const DIFFERENT_TALKS: u64 = 400;

/// What every invented document says of itself, under the key `invented` and in its log.
pub const NOTICE: &str = "Invented by `mannameter demo`: this sermon was never preached.";

/// Invents sermons. It remembers the talks that it has analyzed: 400 of them take about 100 MB.
#[derive(Debug)]
pub struct Demo {
    seed: u64,
    until: NaiveDate,
    talks: HashMap<u64, Arc<Analyzed>>,
}

/// An invented sermon.
#[derive(Debug, Clone)]
pub struct Sermon {
    /// Its document, as the real analysis made it.
    pub document: Document,
    /// Its captions, as a file.
    pub captions: Vec<u8>,
    /// Every reference that was put into it, in its order.
    pub labels: Vec<Label>,
}

impl Demo {
    /// Sermons of this seed, preached in the two years before a day.
    pub fn new(seed: u64, until: NaiveDate) -> Self {
        Self { seed, until, talks: HashMap::new() }
    }

    /// The sermon with a number, counted from 0; it does not depend on how many are asked for.
    pub fn sermon(&mut self, number: u64) -> Sermon {
        let talk = self.talk(number % DIFFERENT_TALKS);
        let particulars = Particulars::invent(&mut self.random(2 * number + 1), self.seed, number, self.until, &talk);
        Sermon {
            document: document(particulars, &talk),
            captions: talk.captions.clone(),
            labels: talk.talk.labels.clone(),
        }
    }

    fn talk(&mut self, number: u64) -> Arc<Analyzed> {
        let mut random = self.random(2 * number);
        Arc::clone(self.talks.entry(number).or_insert_with(|| Arc::new(analyzed(Talk::invent(&mut random)))))
    }

    /// Each talk, and the particulars of each sermon, have numbers of their own.
    fn random(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(stream);
        random
    }
}

/// Counts a talk as the real thing is counted: from the file of its captions.
fn analyzed(talk: Talk) -> Analyzed {
    let captions = captions::file(&talk);
    let transcript = transcript::read(&captions).expect("the captions are of a format that is read");
    let analysis = scripture_detector::analyze(&transcript).expect("an invented sermon is no longer than a real one");
    let end_ms = transcript.end_ms().expect("the captions have times");
    Analyzed { talk, captions, format: transcript.format, end_ms, analysis }
}

fn document(particulars: Particulars, talk: &Analyzed) -> Document {
    let mut extra = serde_json::Map::new();
    extra.insert("invented".to_owned(), NOTICE.into());
    let document = Document {
        title: particulars.title,
        channel: particulars.church.name.to_owned(),
        channel_url: particulars.church.url.to_owned(),
        location: particulars.church.country.to_owned(),
        processed_at: particulars.processed_at,
        logs: vec![NOTICE.into()],
        source: Some(Source {
            kind: SourceKind::Youtube,
            format: talk.format.name().to_owned(),
            automatic: Some(talk.talk.style.is_automatic()),
            url: None,
        }),
        language: Some("en".to_owned()),
        published_at: Some(particulars.published_on),
        duration_seconds: Some(std::time::Duration::from_millis(talk.end_ms).as_secs_f64()),
        extra,
        ..Document::empty(particulars.video_id)
    };
    document.with_analysis(talk.analysis.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::{Value, json};

    use super::*;
    use scripture_detector::score::{self, Letters, Tally};

    fn demo(seed: u64) -> Demo {
        Demo::new(seed, NaiveDate::from_ymd_opt(2025, 11, 30).expect("a date"))
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let of = |seed: u64, number| {
            let Sermon { document, captions, labels } = demo(seed).sermon(number);
            (document.to_json(), captions, labels)
        };
        let (mut in_turn, seed) = (demo(7), 7);
        for number in 0..4 {
            assert_eq!(in_turn.sermon(number).document.to_json(), of(seed, number).0, "whatever was asked before");
            assert_eq!(of(seed, number), of(seed, number));
            assert_ne!(of(seed, number), of(seed + 1, number));
        }
    }

    #[test]
    fn every_document_round_trips_and_says_that_it_is_invented() {
        let mut demo = demo(1);
        for number in 0..60 {
            let document = demo.sermon(number).document;
            let value: Value = serde_json::from_str(&document.to_json()).expect("JSON");
            assert_eq!(value["invented"], NOTICE);
            let read = Document::from_legacy(document.video_id.as_str(), value).expect("a document");
            assert_eq!(read, document);
            let minutes = document.duration_seconds.expect("a length") / 60.0;
            assert!((18.0..58.0).contains(&minutes), "{minutes} minutes");
            document.processed_at().expect("a time");
        }
    }

    #[test]
    fn the_meter_finds_what_was_put_in_and_little_else() {
        let mut demo = demo(1);
        let (mut explicit, mut contextual) = (Tally::default(), Tally::default());
        for number in 0..60 {
            let Sermon { captions, labels, document } = demo.sermon(number);
            let joined = transcript::read(&captions).expect("captions").joined();
            let references: Vec<Value> = labels
                .iter()
                .map(|label| json!({"start": label.start, "end": label.end, "osis": label.osis, "kind": label.kind}))
                .collect();
            let marked = json!({ "references": references });
            let score = score::sermon(&marked, joined.as_str(), Letters::AsWritten).expect("labels in their text");
            for miss in &score.misses {
                eprintln!("{} {miss:?}", document.video_id);
            }
            explicit.add(score.explicit);
            contextual.add(score.contextual);
        }
        assert!(explicit.found > 1000, "{explicit:?}");
        assert!(explicit.recall() > 0.97 && explicit.precision() > 0.97, "{explicit:?}");
        assert!(contextual.recall() > 0.9 && contextual.precision() > 0.9, "{contextual:?}");
    }

    #[test]
    fn further_sermons_repeat_the_words_under_an_id_and_title_of_their_own() {
        let mut demo = demo(1);
        let (first, again) = (demo.sermon(3), demo.sermon(3 + DIFFERENT_TALKS));
        assert_eq!(first.captions, again.captions);
        assert_ne!(first.document.title, again.document.title);
        let ids: HashSet<_> = (0..31_000).map(|number| particulars::video_id(1, number)).collect();
        assert_eq!(ids.len(), 31_000);
    }
}
