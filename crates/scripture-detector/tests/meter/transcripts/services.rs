//! The files of speech recognition programs and services.

use scripture_detector::transcript::{Format, TranscriptError, read};
use serde_json::json;

use super::{lines, words};

fn owned<const N: usize>(lines: [(u64, &str); N]) -> Vec<(u64, String)> {
    lines.map(|(start, text)| (start, text.to_owned())).to_vec()
}

#[test]
fn lists_of_cues_are_found_by_their_fields() {
    let wanted = owned([(1500, "we turn to Hosea"), (4000, "chapter 2 verse 3 today")]);
    let texts = ["we turn to Hosea", "chapter 2 verse 3 today"];
    let files = [
        json!([{"text": texts[0], "start": 1.5, "duration": 2}, {"text": texts[1], "start": 4, "duration": 2}]),
        json!([[{"text": texts[0], "start": "1.5", "dur": "2"}], [{"text": texts[1], "start": "4.0", "dur": "2"}]]),
        json!([[[1.5, 3.5, texts[0]], [4.0, 6.0, texts[1]]]]),
        json!([[texts[0], 1.5, 2.0], [texts[1], 4.0, 2.0]]),
        json!({"video": "x", "transcript": {"segments": [{"text": texts[0], "start_ms": 1500, "end_ms": 3500}, {"text": texts[1], "start_ms": 4000, "end_ms": 6000}]}}),
        json!({"chunks": [{"timestamp": [1.5, 3.5], "text": texts[0]}, {"timestamp": [4.0, null], "text": texts[1]}]}),
        json!({"transcription": [
            {"timestamps": {"from": "00:00:01,500", "to": "00:00:03,500"}, "offsets": {"from": 1500, "to": 3500}, "text": texts[0]},
            {"timestamps": {"from": "00:00:04,000", "to": "00:00:06,000"}, "offsets": {"from": 4000, "to": 6000}, "text": texts[1]}]}),
        json!({"results": {"utterances": [{"start": 1.5, "end": 3.5, "transcript": texts[0], "words": []}, {"start": 4.0, "end": 6.0, "transcript": texts[1], "words": []}]}}),
        json!({"status": "completed", "text": "x", "utterances": [{"speaker": "A", "start": 1500, "end": 3500, "text": texts[0]}, {"speaker": "B", "start": 4000, "end": 6000, "text": texts[1]}]}),
        json!({"monologues": [
            {"speaker": 0, "elements": [{"type": "text", "value": "we", "ts": 1.5, "end_ts": 2.0}, {"type": "punct", "value": " turn to Hosea"}]},
            {"speaker": 0, "elements": [{"type": "text", "value": "chapter", "ts": 4.0, "end_ts": 4.2}, {"type": "punct", "value": " 2 verse 3 today"}]}]}),
        json!({"results": [{"alternatives": [{"transcript": texts[0], "words": [{"startTime": "1.500s", "word": "we"}]}]},
            {"alternatives": [{"transcript": texts[1], "words": [{"startTime": "4s", "word": "chapter"}]}]}]}),
        json!({"recognizedPhrases": [{"offsetInTicks": 15_000_000, "nBest": [{"display": texts[0]}]}, {"offsetInTicks": 40_000_000, "nBest": [{"display": texts[1]}]}]}),
        json!({"actions": [{"updateEngagementPanelAction": {"content": {"transcriptRenderer": {"body": {"transcriptSegmentListRenderer": {"initialSegments": [
            {"transcriptSegmentRenderer": {"startMs": "1500", "endMs": "3500", "snippet": {"runs": [{"text": texts[0]}]}}},
            {"transcriptSegmentRenderer": {"startMs": "4000", "endMs": "6000", "snippet": {"runs": [{"text": texts[1]}]}}}]}}}}}}]}),
    ];
    for file in files {
        assert_eq!(lines(&file.to_string()), wanted, "{file}");
    }
    let rows = "{\"text\":\"we turn to Hosea\",\"start\":1.5}\n{\"text\":\"chapter 2 verse 3 today\",\"start\":4}\n";
    assert_eq!(lines(rows), wanted);
    for python in [
        "[{'text': 'we turn to Hosea', 'start': 1.5, 'duration': 2.0}, {'text': \"chapter 2 verse 3 today\", 'start': 4.0, 'duration': 2.0}]",
        "FetchedTranscript(snippets=[FetchedTranscriptSnippet(text='we turn to Hosea', start=1.5, duration=2.0), FetchedTranscriptSnippet(text='chapter 2 verse 3 today', start=4.0, duration=2.0)], video_id='x', is_generated=False)",
        "[[{'text': 'we turn to Hosea', 'start': 1.5}], [{'text': 'chapter 2 verse 3 today', 'start': 4.0}]]",
        "[(1.5, 3.5, 'we turn to Hosea'), (4.0, 6.0, 'chapter 2 verse 3 today')]",
    ] {
        assert_eq!(lines(python), wanted, "{python}");
    }
}

#[test]
fn single_words_are_grouped_into_cues() {
    let said = ["We", "turn", "to", "Hosea", "chapter", "2", "verse", "3."];
    let deepgram: Vec<_> = said
        .iter()
        .zip(0_u32..)
        .map(|(word, nth)| {
            let start = f64::from(nth) * 0.5;
            json!({"word": word.to_lowercase(), "punctuated_word": word, "start": start, "end": start + 0.4})
        })
        .collect();
    let assembly: Vec<_> = said
        .iter()
        .enumerate()
        .map(|(nth, word)| json!({"text": word, "start": nth * 500, "end": nth * 500 + 400, "confidence": 1}))
        .collect();
    let amazon: Vec<_> = ["We", "turn", "to", "Hosea", "chapter", "2", "verse", "3"].iter().zip(0_u32..)
        .map(|(word, nth)| json!({"start_time": (f64::from(nth) * 0.5).to_string(), "end_time": "9", "type": "pronunciation", "alternatives": [{"content": word}]}))
        .chain([json!({"type": "punctuation", "alternatives": [{"content": "."}]})]).collect();
    let files = [
        json!({"results": {"channels": [{"alternatives": [{"transcript": said.join(" "), "words": deepgram}]}]}}),
        json!({"text": said.join(" "), "words": assembly}),
        json!({"results": {"transcripts": [{"transcript": said.join(" ")}], "items": amazon}}),
    ];
    for file in files {
        let transcript = read(file.to_string().as_bytes()).unwrap();
        assert_eq!(transcript.joined().as_str(), said.join(" "), "{file}");
        assert_eq!(transcript.joined().time_at(said.join(" ").find("Hosea").unwrap()), Some(1500), "{file}");
    }
}

#[test]
fn the_text_of_a_segment_is_authoritative_and_its_words_supply_times() {
    let file = json!({"segments": [{"start": 1.0, "end": 4.0, "text": " First Hosea chapter 2, verse 3.", "words": [
        {"word": "First", "start": 1.0}, {"word": "Hosea", "start": 1.5}, {"word": "chapter"}, {"word": "two", "start": 2.0}, {"word": "verse", "start": 2.5}, {"word": "3.", "start": 3.0}]}]});
    let transcript = read(file.to_string().as_bytes()).unwrap();
    assert_eq!(transcript.joined().as_str(), "First Hosea chapter 2, verse 3.");
    let wanted = [(1000, "First"), (1500, "Hosea"), (2500, "verse"), (3000, "3.")]
        .map(|(start, word)| json!({"start_ms": start, "word": word}));
    assert_eq!(words(&transcript), wanted);
}

#[test]
fn a_speaker_and_a_time_above_a_paragraph_are_not_words() {
    let wanted = owned([(5000, "turn to Hosea chapter 2"), (75_000, "verse 3"), (3_725_000, "thank you")]);
    let times = ["0:05", "1:15", "1:02:05"];
    let long = ["00:00:05", "00:01:15", "01:02:05"];
    let texts = ["turn to Hosea\nchapter 2", "verse 3", "thank you"];
    let file = |heading: &dyn Fn(usize) -> String| -> String {
        (0..3).map(|nth| format!("{}\n{}\n\n", heading(nth), texts[nth])).collect::<Vec<_>>().concat()
    };
    let names = ["Pastor Mark", "Ruth Adams", "Unknown Speaker"];
    let files = [
        file(&|nth| format!("{}  {}  ", names[nth], times[nth])),
        file(&|nth| format!("Speaker {} ({}):", nth + 1, times[nth])),
        file(&|nth| format!("[{}] {}", names[nth], long[nth])),
        file(&|nth| format!("{} [{}]", names[nth], long[nth])),
        file(&|nth| format!("{} {}:", long[nth], names[nth])),
        file(&|nth| format!("[{}] {}:", times[nth], names[nth])),
        file(&|nth| format!("{} | {}", names[nth], times[nth])),
        file(&|nth| format!("{} - {}", names[nth], long[nth])),
        file(&|nth| format!("SPEAKER_0{nth} {} - {}", long[nth], long[nth])),
        file(&|nth| format!("{}\n{}", names[nth], times[nth])),
        file(&|nth| format!("{}\n0 hours 1 minute\n{}", names[nth], times[nth])),
        format!("Sunday sermon\nJanuary 4\n\n{}", file(&|nth| format!("Dr. J. Smith (Guest)  {}", times[nth]))),
        file(&|nth| format!("Mark  {}", times[nth])),
        (0..3)
            .map(|nth| format!("{} ({}): {}\n", names[nth], times[nth], texts[nth].replace('\n', " ")))
            .collect::<Vec<_>>()
            .concat(),
        (0..3)
            .map(|nth| format!("[{}] {}: {}\n", times[nth], names[nth], texts[nth].replace('\n', " ")))
            .collect::<Vec<_>>()
            .concat(),
    ];
    for file in files {
        assert_eq!(lines(&file), wanted, "{file}");
        assert_eq!(read(file.as_bytes()).unwrap().format, Format::Headings, "{file}");
    }
}

#[test]
fn the_labels_of_an_accessible_panel_are_times() {
    let wanted = owned([(5000, "turn to Hosea"), (75_000, "chapter 2"), (3_725_000, "verse 3")]);
    let labels = ["5 seconds", "1 minute, 15 seconds", "1 hour, 2 minutes, 5 seconds"];
    let texts = ["turn to Hosea", "chapter 2", "verse 3"];
    for between in ["\n", " "] {
        let file: String =
            (0..3).map(|nth| format!("{}{between}{}\n", labels[nth], texts[nth])).collect::<Vec<_>>().concat();
        assert_eq!(lines(&file), wanted, "{file}");
    }
}

#[test]
fn citations_at_the_start_of_paragraphs_are_not_headings() {
    for text in [
        "Romans 8:28\nall things work together\nJohn 3:16\nGod so loved the world\n",
        "Hosea 2:13\nI will punish her\n\nJoel 2:28\nI will pour out my spirit\n",
        "We meet at 10:30\nand again\nWe eat at 12:30\ntogether\n",
    ] {
        let transcript = read(text.as_bytes()).unwrap();
        assert_eq!(transcript.format, Format::Plain, "{text}");
        assert_eq!(transcript.joined().as_str(), text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

#[test]
fn lines_with_times_in_brackets_of_every_kind_are_read() {
    let wanted = owned([(7000, "turn to Hosea"), (9500, "chapter 2"), (12_000, "verse 3")]);
    let texts = ["turn to Hosea", "chapter 2", "verse 3"];
    let forms = [
        ["[00:00:07 - 00:00:09]", "[00:00:09.5 - 00:00:12]", "[00:00:12 - 00:00:15]"],
        ["[0:07.0 – 0:09.5]", "[0:09.5 – 0:12.0]", "[0:12.0 – 0:15.0]"],
        ["(00:00:07,000 --> 00:00:09,000)", "(00:00:09,500 --> 00:00:12,000)", "(00:00:12,000 --> 00:00:15,000)"],
        ["[7.00s -> 9.50s]", "[9.50s -> 12.00s]", "[12.00s -> 15.00s]"],
        ["(7s)", "(9.5s)", "(12.0s)"],
        ["[00:07.00]", "[00:09.50]", "[00:12.00]"],
        ["[00:00:07.000, 00:00:09.000]", "[00:00:09.500, 00:00:12.000]", "[00:00:12.000, 00:00:15.000]"],
        ["[00:00:07 to 00:00:09]", "[00:00:09.5 to 00:00:12]", "[00:00:12 to 00:00:15]"],
        ["00:00:07.000", "00:00:09.500", "00:00:12.000"],
    ];
    for form in forms {
        let file: String = (0..3).map(|nth| format!("{} {}\n", form[nth], texts[nth])).collect::<Vec<_>>().concat();
        assert_eq!(lines(&file), wanted, "{file}");
    }
    let lrc = "[ti:Hope]\n[ar:Pastor Mark]\n[offset:+500]\n\n[00:07.50]turn to <00:08.00>Hosea\n[00:10.00]chapter 2\n[by:me]\n[00:12.50]verse 3\n";
    assert_eq!(lines(lrc), wanted);
    assert_eq!(
        lines("[00:01.00][00:09.00]amen\n[00:05.00]Hosea 2\n"),
        owned([(1000, "amen"), (5000, "Hosea 2"), (9000, "amen")])
    );
}

#[test]
fn tables_are_read() {
    let wanted = owned([(0, "turn to Hosea, friends"), (4000, "chapter \"2\""), (7500, "verse 3")]);
    for table in [
        "start\tend\ttext\n0\t4000\tturn to Hosea, friends\n4000\t7500\tchapter \"2\"\n7500\t9000\tverse 3\n",
        "start,end,text\n0,4000,\"turn to Hosea, friends\"\n4000,7500,\"chapter \"\"2\"\"\"\n7500,9000,verse 3\n",
        "Start;Speaker;Text\n0:00;Mark;turn to Hosea, friends\n0:04;Mark;\"chapter \"\"2\"\"\"\n0:07.5;Mark;verse 3\n",
        "id,start,end,speaker,text\n1,0.0,4.0,A,\"turn to Hosea, friends\"\n2,4.0,7.5,A,\"chapter \"\"2\"\"\"\n3,7.5,9.0,A,verse 3\n",
        "0.000000\t4.000000\tturn to Hosea, friends\n4.000000\t7.500000\tchapter \"2\"\n7.500000\t9.000000\tverse 3\n",
        "Timestamp,Transcript\n00:00:00.000,\"turn to Hosea, friends\"\n00:00:04.000,\"chapter \"\"2\"\"\"\n00:00:07.500,verse 3\n",
    ] {
        assert_eq!(lines(table), wanted, "{table}");
        assert_eq!(read(table.as_bytes()).unwrap().format, Format::Table, "{table}");
    }
}

#[test]
fn substation_alpha_and_sami_are_read() {
    let ass = "[Script Info]\nTitle: Hope\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nComment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,note\nDialogue: 0,0:00:01.50,0:00:04.00,Default,,0,0,0,,{\\i1}turn\\Nto{\\i0} Hosea, friends\nDialogue: 0,0:00:04.00,0:00:05.00,Default,,0,0,0,,2:3\n";
    assert_eq!(lines(ass), owned([(1500, "turn to Hosea, friends"), (4000, "2:3")]));
    let ssa = "[Script Info]\n[Events]\nFormat: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nDialogue: Marked=0,0:00:01.50,0:00:04.00,Default,,0,0,0,,Hosea 2:3\n";
    assert_eq!(lines(ssa), owned([(1500, "Hosea 2:3")]));
    let sami = "<SAMI><HEAD><STYLE TYPE=\"text/css\"><!-- .ESCC {Name: Spanish; lang: es-ES;} .ENCC {Name: English; lang: en-US;} --></STYLE></HEAD>\n<BODY>\n<SYNC Start=1500><P Class=ESCC>Oseas<P Class=ENCC>turn to<br>Hosea &amp; read\n<SYNC Start=4000><P Class=ENCC>&nbsp;\n<SYNC Start=\"5000\"><P Class=ENCC>2:3</P></SYNC>\n</BODY></SAMI>";
    assert_eq!(lines(sami), owned([(1500, "turn to Hosea & read"), (5000, "2:3")]));
    assert_eq!(read(sami.as_bytes()).unwrap().cues[0].duration_ms, Some(2500));
}

#[test]
fn tables_and_the_output_of_programs_that_cannot_be_read_are_refused_by_name() {
    let cases = [
        (
            "name,age,city\nMark,40,Rome\nRuth,30,Moab\nJohn,50,Patmos\n",
            "a table (CSV) with the columns \"name\", \"age\", \"city\"",
        ),
        ("id\tscore\n1\t0.5\n2\t0.7\n3\t0.9\n", "a table (TSV)"),
        ("Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: John 3:16\n", "a Python program"),
        (
            "[youtube] Extracting URL: x\n[youtube] x: Downloading webpage\n[info] x: Downloading subtitles: en\n[download] 100% of 2KiB\n",
            "the log of yt-dlp",
        ),
        ("[{'name': 'Mark', 'age': 4}]", "the output of a Python program"),
        ("2026-01-31 10:00:00,123 INFO starting\n2026-01-31 10:00:01,123 ERROR John 3:16\n", "the log of a program"),
        ("#EXTM3U\n#EXT-X-VERSION:3\nseg1.vtt\n", "an HLS playlist"),
        ("[{\"name\": \"Mark\"}]", "it is JSON"),
    ];
    for (file, reason) in cases {
        match read(file.as_bytes()) {
            Err(TranscriptError::NotCaptions(why)) => assert!(why.contains(reason), "{file}: {why}"),
            other => panic!("{file}: {other:?}"),
        }
    }
    for text in [
        "Faith, hope, love\nFaith, hope, love\nand the greatest, friends, is love\n",
        "Error is human. Turn to Hosea 2, friends.\n",
    ] {
        assert_eq!(read(text.as_bytes()).unwrap().format, Format::Plain, "{text}");
    }
}
