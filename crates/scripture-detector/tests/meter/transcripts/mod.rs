//! Caption formats: expected cues, and the irregularities of real files.

mod broken;
mod files;
mod line_formats;
mod panel;
mod properties;
mod services;
mod shared;
mod structured_formats;
mod variants;

use std::path::Path;

use scripture_detector::transcript::{Cue, Transcript, read};
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/caption_files").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn expected(name: &str) -> Value {
    serde_json::from_slice(&fixture(&format!("expected/{name}"))).expect("JSON")
}

fn cues(transcript: &Transcript) -> Value {
    let cue = |cue: &Cue| json!({"start_ms": cue.start_ms, "dur_ms": cue.duration_ms, "text": cue.text});
    transcript.cues.iter().map(cue).collect()
}

/// Returns the start and text of each cue.
fn lines(text: &str) -> Vec<(u64, String)> {
    let transcript = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    transcript.cues.into_iter().map(|cue| (cue.start_ms.unwrap_or(u64::MAX), cue.text)).collect()
}

fn words(transcript: &Transcript) -> Vec<Value> {
    let words = transcript.cues.iter().flat_map(|cue| {
        cue.words.iter().map(|word| {
            let text = cue.text[word.offset..].split(' ').next().unwrap_or_default();
            json!({"start_ms": word.start_ms, "word": text})
        })
    });
    words.collect()
}
