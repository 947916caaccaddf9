//! Slips that the speaker withdraws, and numbers that follow another numbering.

use scripture_detector::{Class, Mention, analyze, detect, transcript, transcript::JoinedText};

fn mentions(text: &str) -> Vec<Mention> {
    detect(&JoinedText::plain(text))
}

/// Returns the class and passage of every mention that has a passage.
fn classes(text: &str) -> Vec<(Class, String)> {
    mentions(text).iter().filter_map(|found| Some((found.class, found.passage?.to_string()))).collect()
}

#[test]
fn a_slip_is_withdrawn_and_its_correction_counts() {
    for (text, slip, meant) in [
        ("Turn to Mark 4, sorry, Luke 4.", "Mark.4", "Luke.4"),
        ("It is Joel 2 verse 18, no, verse 28.", "Joel.2.18", "Joel.2.28"),
        ("Turn to Psalm 1, sorry, 46.", "Ps.1", "Ps.46"),
        ("It is Revelation 20 22, I mean 22 20.", "Rev.20", "Rev.22.20"),
        ("Read Romans chapter 7, excuse me, chapter 8.", "Rom.7", "Rom.8"),
    ] {
        let expected = [(Class::Withdrawn, slip.to_owned()), (Class::Confirmed, meant.to_owned())];
        assert_eq!(classes(text), expected, "{text}");
    }
}

#[test]
fn what_only_looks_like_a_correction_withdraws_nothing() {
    for text in [
        "Read Mark 4 and Luke 4.",
        "Is it in Romans 8? No, Galatians 5 has it.",
        "Romans 8, I mean, verse 28 of it.",
        "Mark 4. I am so sorry to say that Luke 4 is missing.",
    ] {
        assert!(classes(text).iter().all(|(class, _)| *class != Class::Withdrawn), "{text}");
    }
}

#[test]
fn a_bare_verse_after_a_correction_belongs_to_what_was_meant() {
    let found = classes("Turn to Mark 4, sorry, Luke 4. Look at verse 18.");
    assert_eq!(found.last(), Some(&(Class::Confirmed, "Luke.4.18".to_owned())));
}

#[test]
fn a_withdrawn_slip_is_listed_in_the_analysis_and_serialized_by_name() {
    let analysis = analyze(&transcript::read(b"Turn to Mark 4, sorry, Luke 4.").expect("text")).expect("an analysis");
    assert_eq!(analysis.references.len(), 2);
    let slip = serde_json::to_value(&analysis.references[0]).expect("JSON");
    assert_eq!((&slip["class"], &slip["osis"]), (&"withdrawn".into(), &"Mark.4".into()));
    assert_eq!(slip["evidence"][0], "withdrawn");
}

#[test]
fn another_numbering_is_converted_and_marked() {
    for (text, osis) in [
        ("Joel 4:10 in the Hebrew Bible", "Joel.3.10"),
        ("Malachi 3:19-24", "Mal.4.1-Mal.4.6"),
        ("Psalm 50(51)", "Ps.51"),
        ("Psalm 22 in the Septuagint numbering", "Ps.23"),
        ("Daniel 3:57", "Dan.3.57"),
    ] {
        let found = &mentions(text)[0];
        assert_eq!(found.passage.map(|passage| passage.to_string()).as_deref(), Some(osis), "{text}");
        assert!(found.evidence.iter().any(|name| name == "numbering"), "{text}: {:?}", found.evidence);
    }
    assert!(mentions("Joel 3:10")[0].evidence.iter().all(|name| name != "numbering"));
}

#[test]
fn a_name_that_was_misheard_is_marked_as_repaired() {
    let found = &mentions("We looked at Josea chapter 11 verses 1 and 2.")[0];
    assert_eq!((found.class, found.repaired), (Class::Suspect, true));
    assert_eq!(found.passage.map(|passage| passage.to_string()).as_deref(), Some("Hos.11.1-Hos.11.2"));
}

#[test]
fn spans_are_those_of_the_original_text() {
    let text = "In Ro\u{ad}mans 8\u{2236}28\u{2010}30 we read.";
    let found = &mentions(text)[0];
    assert_eq!(&text[found.span.clone()], "Ro\u{ad}mans 8\u{2236}28\u{2010}30");
}
