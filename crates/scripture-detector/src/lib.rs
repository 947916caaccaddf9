//! Finds Bible references in English speech.
//!
//! The input is a transcript: a caption file in any common format, or plain text. The output is every place that names a
//! book of the Bible or cites a verse, with the passage, the time in the recording, a confidence class, and the evidence
//! for it.
//!
//! Speech is harder to parse than print. Speakers say "First Corinthians thirteen, four through seven", drop the book
//! ("now look at verse 9"), and mention people called John, Mark and Ruth. Speech recognition writes "Philippines 4:13" and
//! "John 316". This crate is built for that.
//!
//! It does no I/O, spawns no threads, and contains no unsafe code. It embeds a 0.6 MB table of the words of each verse,
//! which helps it decide which chapter a bare "verse 8" belongs to; it contains no Bible text.
//!
//! # Example
//!
//! ```
//! use scripture_detector::{analyze, transcript};
//!
//! let captions = b"1\n00:00:01,500 --> 00:00:04,000\nTurn to Romans chapter\n\n\
//!                  2\n00:00:04,000 --> 00:00:07,000\n8 verse 28, and then verse 31.\n";
//! let analysis = analyze(&transcript::read(captions)?)?;
//!
//! let found: Vec<_> = analysis.references.iter().map(|found| (found.osis.as_str(), found.start_seconds)).collect();
//! assert_eq!(found, [("Rom.8.28", Some(1.5)), ("Rom.8.31", Some(4.0))]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Entry points
//!
//! | to | use |
//! |---|---|
//! | read a caption file | [`transcript::read`] |
//! | analyze a transcript, with times and quoted context | [`analyze`] |
//! | tell the language of a transcript | [`language::detect`] |
//! | find mentions in text, as byte ranges | [`detect`] |
//! | parse, compare and print passages | [`Passage`], [`Book`] |
//! | measure accuracy against labeled speech | [`score`] |
//!
//! # Classes, kinds and evidence
//!
//! Every mention has a [`Class`], which says how certain it is that Scripture is cited. [`Confirmed`](Class::Confirmed)
//! and [`Suspect`](Class::Suspect) mentions are references and have a passage. The other two classes explain why a name
//! was not counted: [`FalsePositive`](Class::FalsePositive) for "Pastor John", [`NotCounted`](Class::NotCounted) for
//! "a good job".
//!
//! Its [`Kind`] says how the reference is made: with the book and a number ([`Explicit`](Kind::Explicit)), with the book
//! alone ([`Book`](Kind::Book)), or with a bare verse or chapter whose book and chapter come from an earlier reference, the
//! anchor ([`Contextual`](Kind::Contextual)).
//!
//! Its evidence is a list of rule names, the strongest first; [`evidence`] explains each of them.
//!
//! # Limits
//!
//! * Only English is supported; other languages are recognized, and [`Analysis::warnings`] says so. The 66 books have the
//!   versification of the King James Version (with 3 John 15, which many other translations have); the deuterocanonical
//!   books and the additions to Daniel and Esther have their own.
//! * References that are neither named nor numbered (quotations, "the parable of the sower") are not found.
//! * An author and a person of the same name can only be distinguished by the surrounding words, which are not always
//!   enough.
//! * [`analyze`] refuses text with more than [`MAX_MENTIONS`] mentions, and [`transcript::read`] refuses files larger
//!   than [`transcript::MAX_BYTES`], so memory is bounded whatever the input.
//!
//! # Stability
//!
//! The names of classes, kinds, formats and evidence are serialized and do not change within a major version.
//! [`ENGINE_VERSION`] changes whenever the same text may give different results.

mod analysis;
mod assessment;
mod book;
mod canon;
mod context;
mod detector;
mod excerpt;
mod grammar;
mod letters;
mod lexer;
mod mention;
mod names;
mod neighbors;
mod normalized;
mod numbers;
mod passage;
mod query;
mod reference;
mod scan;
mod sound;
mod verse_lexicon;

pub mod evidence;
pub mod language;
pub mod score;
pub mod transcript;

pub use analysis::{Analysis, NamedMention, TooManyMentions, analyze};
pub use book::{Book, Division, Testament, UnknownBook};
pub use mention::{MAX_MENTIONS, Mention, detect};
pub use numbers::number_in_words;
pub use passage::{InvalidPassage, Passage};
pub use reference::{Class, Evidence, Kind, Reference, ReferenceSource};

/// The README's example, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The version of the detection rules. It changes whenever the same text may give different results, so that stored
/// results can be recognized as outdated.
pub const ENGINE_VERSION: &str = "3";
