//! Copies of YouTube's transcript panel.

use scripture_detector::transcript::{Format, read};

use super::{fixture, lines};

#[test]
fn headings_between_the_lines_of_a_panel_are_chapters() {
    let transcript = read(&fixture("uploads/panel_chapters.txt")).unwrap();
    assert_eq!(transcript.chapters, ["Welcome", "Love chapter"]);
}

#[test]
fn a_panel_may_have_brackets_dashes_buttons_and_time_labels() {
    let wanted = [(0, "welcome"), (65_000, "turn to Romans 8:28"), (3_605_000, "amen")];
    let wanted = wanted.map(|(start, text)| (start, text.to_owned()));
    let forms = [
        "Transcript\nSearch transcript\n0:00\nwelcome\n1:05\nturn to Romans 8:28\n1:00:05\namen\nEnglish (auto-generated)\n",
        "0:00\n0 seconds\nwelcome\n1:05\n1 minute, 5 seconds\nturn to Romans 8:28\n1:00:05\n1 hour, 5 seconds\namen\n",
        "[0:00] welcome\n[1:05] turn to Romans 8:28\n[1:00:05] amen\n",
        "(00:00) welcome\n(01:05) turn to Romans 8:28\n(1:00:05) amen\n",
        "00:00:00 - welcome\n00:01:05 - turn to Romans 8:28\n01:00:05 - amen\n",
        "0:00\twelcome\r\n1:05\tturn to Romans 8:28\r\n1:00:05\tamen",
        "0:00 welcome 1:05 turn to Romans 8:28 1:00:05 amen",
        "\u{feff}0:00\n\nwelcome\n\n1:05\n\nturn to\nRomans 8:28\n\n1:00:05\n\namen",
    ];
    for form in &forms[..7] {
        assert_eq!(lines(form), wanted, "{form:?}");
        assert_eq!(read(form.as_bytes()).unwrap().chapters, Vec::<String>::new(), "{form:?}");
    }
    assert_eq!(read(forms[7].as_bytes()).unwrap().chapters, ["Romans 8:28"]);
}

#[test]
fn screen_reader_labels_of_a_panel_are_removed() {
    let wanted = [(0, "good morning"), (60_000, "5 seconds to go"), (65_000, "John 3:16"), (3_605_000, "amen")];
    let wanted = wanted.map(|(start, text)| (start, text.to_owned()));
    let labels = ["0 seconds", "1 minute, 0 seconds", "1 minute, 5 seconds", "1 hour, 0 minutes and 5 seconds"];
    for (between, end) in [("\n", "\n"), (" ", "\n"), (" ", " ")] {
        let entry = |time: &str, label: &str, text: &str| format!("{time}{between}{label}{between}{text}{end}");
        let times = ["0:00", "1:00", "1:05", "1:00:05"];
        let file: String = (0..4).map(|line| entry(times[line], labels[line], &wanted[line].1)).collect();
        assert_eq!(lines(&file), wanted, "{file}");
    }
    assert_eq!(lines("0:00\ngood\n0:05 \n5 minutes ago\n")[1].1, "5 minutes ago");
}

#[test]
fn wrapped_text_of_a_panel_is_not_taken_for_headings() {
    let text = "0:00\ngood morning\nchurch\n0:04\nturn with me\nto Psalm 23\n0:09\nverse 1\nthe Lord";
    let wanted = [(0, "good morning church"), (4000, "turn with me to Psalm 23"), (9000, "verse 1 the Lord")];
    assert_eq!(lines(text), wanted.map(|(start, text)| (start, text.to_owned())));
}

#[test]
fn verses_in_a_panel_are_not_taken_for_times() {
    let text = "5:00\nwe read in Romans\n8:28\n5:04\nthat all things\n5:09\n3:16\n5:12\nand\n5:15\n5:20\namen";
    let wanted =
        [(300, "we read in Romans 8:28"), (304, "that all things"), (309, "3:16"), (312, "and"), (320, "amen")];
    assert_eq!(lines(text), wanted.map(|(start, text)| (start * 1000, text.to_owned())));
    for plain in [
        "we turn to John\n3:16\nwhich says\nthat God loved",
        "Romans 8:28 says\n3:16 says more\nand so on\nand on\nand on",
        "3:16 says for God so loved the world",
        "John 3\n3:16 for God so loved the world\n3:17 for God did not send\n3:18 whoever believes",
        "8:28\namen",
    ] {
        assert_eq!(read(plain.as_bytes()).unwrap().format, Format::Plain, "{plain}");
    }
}
