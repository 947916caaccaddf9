//! Memory used to read and analyze a sermon, by sermon length. It should grow linearly.
//!
//! `max alloc` is the peak. The text is held twice, as cues and joined, and every mention quotes about 300 bytes of context.
//!
//! Run it with `cargo bench -p scripture-detector --bench memory`.

use std::fmt::Write as _;

use divan::{AllocProfiler, Bencher};
use scripture_detector::{analyze, transcript::read};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// About half a minute of speech.
const SPEECH: &str = "Open your Bibles to Nehemiah chapter 4. There was a farmer in the valley where I grew up, and every spring \
    he walked along his fence with a hammer in his hand. Look at verse 9, they prayed and they set a guard. You remember \
    what James says about that, in James 1:22, be doers of the word. One winter the snow lay so deep that nobody could see \
    the fence at all, and the neighbors laughed at him because he was out there every morning with a shovel. ";

fn main() {
    divan::main();
}

/// Returns captions of this length as a SubRip file.
fn captions(minutes: usize) -> String {
    let words: Vec<&str> = SPEECH.split_whitespace().collect();
    let mut file = String::new();
    for index in 0..minutes * 20 {
        let text: Vec<&str> = (0..8).map(|word| words[(index * 8 + word) % words.len()]).collect();
        let clock = |seconds: usize| format!("{:02}:{:02}:{:02},000", seconds / 3600, seconds / 60 % 60, seconds % 60);
        let _ =
            write!(file, "{}\n{} --> {}\n{}\n\n", index + 1, clock(index * 3), clock(index * 3 + 3), text.join(" "));
    }
    file
}

#[divan::bench(args = [45, 90, 180, 360], sample_count = 10, sample_size = 1)]
fn minutes(bencher: Bencher<'_, '_>, minutes: usize) {
    let file = captions(minutes);
    bencher.counter(divan::counter::BytesCount::of_str(&file)).bench(|| {
        let transcript = read(file.as_bytes()).expect("captions");
        analyze(&transcript).expect("few mentions")
    });
}
