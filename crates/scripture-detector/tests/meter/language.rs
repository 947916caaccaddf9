//! No English sermon is taken for another language, however badly it is transcribed.

use std::path::Path;

use scripture_detector::{
    analyze, language,
    transcript::{JoinedText, read},
};

/// Returns the text of every sermon of the development data and of the hold-outs.
fn sermons() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        root.join("tests/fixtures/holdout_sermons"),
        root.join("tests/fixtures/holdout2_sermons"),
        root.join("../../../shared/fixtures/scripture/sermons"),
    ];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let texts = files.filter_map(|file| {
        let path = file.expect("a file").path();
        let text = match path.extension()?.to_str()? {
            "txt" => read(&std::fs::read(&path).expect("a readable file"))
                .expect("a transcript")
                .joined()
                .as_str()
                .to_owned(),
            "json" => {
                let sermon: serde_json::Value =
                    serde_json::from_slice(&std::fs::read(&path).expect("a readable file")).expect("JSON");
                sermon.get("text")?.as_str()?.to_owned()
            }
            _ => return None,
        };
        Some((path.display().to_string(), text))
    });
    texts.collect()
}

/// Changes a letter in every third word, and drops every seventh word.
fn badly_transcribed(text: &str) -> String {
    let word = |(nth, word): (usize, &str)| match nth {
        nth if nth % 7 == 6 => String::new(),
        nth if nth % 3 == 2 => word.chars().map(|letter| if letter == 'e' { 'a' } else { letter }).collect(),
        _ => word.to_owned(),
    };
    text.split_whitespace().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn no_english_sermon_is_taken_for_another_language() {
    let sermons = sermons();
    assert!(sermons.len() > 10, "the sermons are missing");
    for (name, text) in sermons {
        let bare = text.chars().filter(|letter| letter.is_alphanumeric() || letter.is_whitespace()).collect::<String>();
        let forms = [
            text.clone(),
            text.to_lowercase(),
            bare.to_lowercase(),
            badly_transcribed(&text),
            badly_transcribed(&bare.to_lowercase()),
        ];
        for form in forms {
            let verdict = language::detect(&JoinedText::plain(&form));
            assert!(verdict.is_none_or(|verdict| verdict.is_english() && !verdict.mixed), "{name}: {verdict:?}");
            // Each part of the sermon by itself.
            for part in form.split_whitespace().collect::<Vec<_>>().chunks(400) {
                let verdict = language::detect(&JoinedText::plain(&part.join(" ")));
                assert!(
                    verdict.is_none_or(|verdict| verdict.is_english() && !verdict.mixed),
                    "{name}: {verdict:?} {part:?}"
                );
            }
        }
    }
}

#[test]
fn captions_in_another_language_have_a_warning() {
    let line = "abram comigo a palavra de deus em joão capítulo três porque deus amou o mundo";
    let file: String = (0..30)
        .map(|nth| format!("{nth}\n00:00:{nth:02},000 --> 00:00:{nth:02},900\n{line} {nth}\n\n"))
        .collect::<Vec<_>>()
        .concat();
    let analysis = analyze(&read(file.as_bytes()).expect("JSON")).expect("a value");
    assert_eq!(
        analysis.warnings.iter().map(|warning| warning.detail.as_str()).collect::<Vec<_>>(),
        ["this is Portuguese"]
    );
}
