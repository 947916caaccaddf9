//! The caption files of the shared folder, which are not part of the repository.

use std::path::PathBuf;

use scripture_detector::{analyze, transcript::read};
use serde_json::Value;

#[test]
fn shared_caption_files_give_the_expected_references_if_they_are_available() {
    let directory = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/captions"));
    let Ok(expected) = std::fs::read(directory.join("expected.json")) else { return };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let mut wrong = Vec::new();
    for (name, wanted) in expected.as_object().unwrap() {
        let transcript = match read(&std::fs::read(directory.join(name)).unwrap()) {
            Ok(transcript) => transcript,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let analysis = analyze(&transcript).unwrap();
        let osis: Vec<Value> = analysis.references.iter().map(|found| found.osis.clone().into()).collect();
        let starts: Vec<Option<f64>> = analysis.references.iter().map(|found| found.start_seconds).collect();
        let wanted_starts: Vec<Option<f64>> =
            wanted["starts"].as_array().into_iter().flatten().map(Value::as_f64).collect();
        let is_near = |(one, other): (&Option<f64>, &Option<f64>)| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() <= 0.05,
            (one, other) => one == other,
        };
        let is_right = Value::from(osis.clone()) == wanted["references"]
            && starts.len() == wanted_starts.len()
            && starts.iter().zip(&wanted_starts).all(is_near);
        if !is_right {
            wrong.push(format!("{name}: {osis:?} at {starts:?} in {:?}", transcript.cues));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
