//! `mannameter corrections`: prints people's corrections to references, as labeled data for `score`.

use std::io;

use async_trait::async_trait;
use clap::{Args, ValueEnum};
use scripture_detector::transcript::JoinedText;
use serde::Serialize;

use super::console::{Console, plural, print_result};
use crate::{
    app::App,
    config::Settings,
    domain::{Correction, Document, Sha256, VideoId},
    store::DocumentSink,
};

/// Number of code points of the transcript to include on each side of the words.
const CONTEXT: usize = 400;

/// The output format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Human-readable text
    #[default]
    Text,
    /// One labeled mention per line, as `mannameter score` reads it
    Jsonl,
}

/// The arguments of `corrections`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only print corrections for these sermons (default: all)
    #[arg(value_name = "VIDEO_ID")]
    videos: Vec<VideoId>,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// A labeled mention, in the format of `mannameter score`.
#[derive(Debug, Serialize)]
struct LabeledMention<'c> {
    video_id: &'c VideoId,
    text: String,
    mention_start: usize,
    mention_end: usize,
    is_reference: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    osis: Option<&'c str>,
}

/// Collects the documents that have corrections.
#[derive(Debug, Default)]
struct Corrected {
    /// The sermons to collect, or empty for all.
    wanted: Vec<VideoId>,
    documents: Vec<Document>,
}

#[async_trait]
impl DocumentSink for Corrected {
    async fn document(&mut self, id: &VideoId, text: &str, _sha256: &Sha256) -> io::Result<()> {
        let is_wanted = self.wanted.is_empty() || self.wanted.contains(id);
        if !is_wanted || !Document::may_be_revised(text) {
            return Ok(());
        }
        let document = serde_json::from_str(text).map_err(io::Error::other)?;
        let document = Document::from_legacy(id.as_str(), document).map_err(io::Error::other)?;
        if document.active_corrections().next().is_some() {
            self.documents.push(document);
        }
        Ok(())
    }
}

/// Prints the corrections.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let app = App::open_existing(settings).await?;
    let mut corrected = Corrected { wanted: arguments.videos, documents: Vec::new() };
    app.store.snapshot(&mut corrected).await?;
    let mut printed = 0;
    for document in &corrected.documents {
        let captions = app.store.transcript(&document.video_id).await?;
        let text = captions.and_then(|captions| captions.joined());
        for correction in document.active_corrections() {
            match arguments.format {
                Format::Text => print_text(document, correction)?,
                Format::Jsonl => {
                    // If a correction is not applied, its words are no longer in the transcript.
                    let text = text.as_ref().filter(|_| correction.applied).map(JoinedText::as_str);
                    print_result(serde_json::to_string(&labeled(&document.video_id, correction, text))?)?;
                }
            }
            printed += 1;
        }
    }
    app.close().await;
    Console::json().print(plural(printed, "correction"))?;
    Ok(())
}

fn print_text(document: &Document, correction: &Correction) -> anyhow::Result<()> {
    let cited = correction.osis.as_deref().unwrap_or("nothing");
    let measured = correction.measured.as_ref().map_or("nothing", |measured| measured.osis.as_str());
    let note = if correction.applied { "" } else { " (not applied: the words are gone)" };
    print_result(format_args!(
        "{}  “{}” cites {cited}; measured: {measured}; {} by {}{note}",
        document.video_id,
        correction.anchor.quote,
        correction.at.format("%Y-%m-%d"),
        correction.by
    ))?;
    Ok(())
}

/// Returns the label for a correction. The surrounding words come from the transcript, or else from the correction
/// itself.
fn labeled<'c>(id: &'c VideoId, correction: &'c Correction, transcript: Option<&str>) -> LabeledMention<'c> {
    let anchor = &correction.anchor;
    let (text, start, end) = if let Some(transcript) = transcript {
        let first = anchor.start_char.saturating_sub(CONTEXT);
        let text = transcript.chars().skip(first).take(anchor.end_char + CONTEXT - first).collect();
        (text, anchor.start_char - first, anchor.end_char - first)
    } else {
        let before = if anchor.before.is_empty() { String::new() } else { format!("{} ", anchor.before) };
        let start = before.chars().count();
        let text = format!("{before}{} {}", anchor.quote, anchor.after);
        (text, start, start + anchor.quote.chars().count())
    };
    LabeledMention {
        video_id: id,
        text,
        mention_start: start,
        mention_end: end,
        is_reference: correction.osis.is_some(),
        osis: correction.osis.as_deref(),
    }
}
