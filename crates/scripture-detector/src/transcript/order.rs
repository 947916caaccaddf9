//! The order of cues: by time, unless their numbers say that the file is already in spoken order.

use super::{
    Cue,
    arrows::{self, RawCue},
};

/// How cues are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As in the file. A start that jumps back is an error in the file.
    OfFile,
    ByTime,
}

/// Returns the order of numbered cues.
pub(super) fn of_raw(cues: &[RawCue<'_>]) -> Order {
    of_numbers(cues.iter().map(|cue| cue.id.and_then(arrows::cue_number)))
}

/// Returns the order of cues with these numbers. Most cues have a number, and the numbers rise; where files were joined, they
/// start again at 0 or 1.
pub(super) fn of_numbers(numbers: impl Iterator<Item = Option<u64>>) -> Order {
    let (mut cues, mut numbered, mut first, mut last) = (0, 0, None, None);
    for number in numbers {
        cues += 1;
        let Some(number) = number else { continue };
        let starts_again = number <= 1 && first.is_some_and(|first| first <= 1);
        if last.is_some_and(|last| number <= last) && !starts_again {
            return Order::ByTime;
        }
        numbered += 1;
        first = first.or(Some(number));
        last = Some(number);
    }
    if numbered > 1 && numbered * 2 > cues { Order::OfFile } else { Order::ByTime }
}

/// Sorts the cues if necessary, and removes copies of a cue, as at the boundary of joined segments.
pub(super) fn arrange(cues: &mut Vec<Cue>, order: Order) {
    if order == Order::ByTime {
        cues.sort_by_key(|cue| cue.start_ms);
    }
    cues.dedup_by(|next, cue| {
        next.start_ms.is_some()
            && next.start_ms == cue.start_ms
            && next.duration_ms == cue.duration_ms
            && next.text == cue.text
    });
}
