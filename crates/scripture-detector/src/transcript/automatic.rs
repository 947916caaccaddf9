//! Durations in captions from speech recognition.

use super::Cue;

/// Ends each cue no later than the next one starts. The durations of automatic captions are placeholders that overlap.
pub(super) fn end_at_next_start(cues: &mut [Cue]) {
    for index in 1..cues.len() {
        let next = cues[index].start_ms;
        let cue = &mut cues[index - 1];
        if let (Some(start), Some(duration), Some(next)) = (cue.start_ms, cue.duration_ms, next)
            && next >= start
        {
            cue.duration_ms = Some(duration.min(next - start));
        }
    }
}

/// Returns whether most cues overlap the next one, which suggests automatic captions.
pub(super) fn mostly_overlap(cues: &[Cue]) -> bool {
    let overlaps = |pair: &[Cue]| match (pair[0].start_ms, pair[0].duration_ms, pair[1].start_ms) {
        (Some(start), Some(duration), Some(next)) => start + duration > next,
        _ => false,
    };
    cues.windows(2).filter(|pair| overlaps(pair)).count() * 2 > cues.len()
}
