//! Text files that are not transcripts: the output of programs, playlists, and error messages. Their words would be read as
//! speech.

use super::{TranscriptError, text};

/// What the first words of a file say about it.
const STARTS: [(&str, &str); 13] = [
    (
        "Traceback (most recent call last)",
        "it is the error message of a Python program; run it again and upload what it wrote",
    ),
    ("ffmpeg version", "it is the log of ffmpeg; upload the file that it wrote"),
    ("ffprobe version", "it is the log of ffprobe; upload a caption file"),
    ("HTTP/1.", "it is the reply of a web server with its headers; upload its body alone"),
    ("HTTP/2", "it is the reply of a web server with its headers; upload its body alone"),
    ("#EXTM3U", "it is an HLS playlist; upload the caption file that it lists"),
    ("usage: ", "it is the help of a program; upload a caption file"),
    ("curl: (", "it is an error message of curl; upload a caption file"),
    ("Error: ", "it is the error message of a program; upload a caption file"),
    ("-----BEGIN ", "it is a key or certificate; upload a caption file"),
    (
        "Scenarist_SCC",
        "it is a Scenarist file (SCC), which has codes in place of words; convert it to SubRip or WebVTT",
    ),
    ("#!/", "it is a program; upload a caption file"),
    ("diff --git ", "it is a patch; upload a caption file"),
];

/// What starts the lines of a program's log.
const LOGS: [(&str, &str); 14] = [
    ("[youtube", "yt-dlp"),
    ("[download]", "yt-dlp"),
    ("[info]", "yt-dlp"),
    ("[generic]", "yt-dlp"),
    ("[ExtractAudio]", "yt-dlp"),
    ("[Merger]", "yt-dlp"),
    ("[debug]", "yt-dlp"),
    ("[SubtitlesConvertor]", "yt-dlp"),
    ("ERROR: ", "yt-dlp"),
    ("WARNING: ", "yt-dlp"),
    ("[Available subtitles", "yt-dlp"),
    ("whisper_", "whisper.cpp"),
    ("ggml_", "whisper.cpp"),
    ("main: ", "whisper.cpp"),
];

/// Returns an error that names the file if it is the output of a program.
pub(super) fn refuse(text: &str) -> Result<(), TranscriptError> {
    let start = text.trim_start();
    if let Some((_, reason)) = STARTS.iter().find(|(words, _)| start.starts_with(words)) {
        return Err(TranscriptError::NotCaptions((*reason).to_owned()));
    }
    if text.trim_end().lines().next_back().is_some_and(is_size_of_data_frame) {
        return Err(TranscriptError::NotCaptions(
            "it is a printed pandas table, in which long text is cut; save it with to_csv and upload that".to_owned(),
        ));
    }
    let lines: Vec<&str> = text::lines(text).map(str::trim_start).filter(|line| !line.is_empty()).take(200).collect();
    let program = |line: &&str| LOGS.iter().find(|(words, _)| line.starts_with(words)).map(|(_, program)| *program);
    let logged = lines.iter().filter_map(program).count();
    if let Some(program) = lines.first().and_then(program).filter(|_| logged * 2 > lines.len()) {
        return Err(TranscriptError::NotCaptions(format!(
            "it is the log of {program}; upload the caption file that it wrote"
        )));
    }
    let stamped = lines.iter().filter(|line| is_log_line(line)).count();
    if stamped > 1 && stamped * 2 > lines.len() {
        return Err(TranscriptError::NotCaptions("it is the log of a program; upload a caption file".to_owned()));
    }
    Ok(())
}

/// Returns whether a line is `[2 rows x 3 columns]`.
fn is_size_of_data_frame(line: &str) -> bool {
    let words: Vec<&str> = line.trim().trim_matches(['[', ']']).split_whitespace().collect();
    matches!(words.as_slice(), [_, "rows", "x", _, "columns"]) && line.trim().starts_with('[')
}

/// Returns whether a line has a date and a level, as in `2026-01-31 10:00:00,123 INFO starting`.
fn is_log_line(line: &str) -> bool {
    let line = line.trim_start_matches('[');
    let date = line.as_bytes().get(..10).is_some_and(|date| {
        date.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => matches!(byte, b'-' | b'/'),
            _ => byte.is_ascii_digit(),
        })
    });
    let is_level = |word: &str| {
        let word = word.trim_matches(|letter: char| !letter.is_ascii_alphabetic());
        ["INFO", "DEBUG", "WARNING", "WARN", "ERROR", "TRACE", "CRITICAL"].contains(&word)
    };
    date && line.split_whitespace().take(6).any(is_level)
}
