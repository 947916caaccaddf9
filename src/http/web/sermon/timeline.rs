//! The timeline of a sermon's references, as SVG. Horizontal positions are percentages of the width, so that the chart
//! fits every screen while marks and text keep their size.

use super::mentions::Mention;
use crate::{domain::Division, http::web::format};

/// The groups of books that have a lane, top to bottom.
const LANES: [(Division, &str); 6] = [
    (Division::Law, "Law"),
    (Division::History, "History"),
    (Division::Poetry, "Poetry"),
    (Division::Prophets, "Prophets"),
    (Division::Gospels, "Gospels"),
    (Division::Letters, "Letters"),
];

/// Height of the histogram, in pixels.
const HISTOGRAM_HEIGHT: usize = 44;

/// Height of a lane, in pixels.
const LANE_HEIGHT: usize = 38;

/// Number of bins in the histogram.
const BINS: usize = 48;
const BINS_F64: f64 = 48.0;

/// Possible intervals between ticks in minutes. The first interval that results in at most six ticks is used.
const TICK_STEPS: [u64; 8] = [1, 2, 5, 10, 15, 30, 60, 120];

/// The layout of a timeline: a histogram with a lane for each group of books below it.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) height: usize,
    /// Y coordinate of the tick labels.
    pub(super) axis: usize,
    /// Y coordinate of the histogram's baseline.
    pub(super) histogram_base: usize,
    pub(super) bars: Vec<Bar>,
    pub(super) lanes: Vec<Lane>,
    pub(super) ticks: Vec<Tick>,
    /// The highest number of references in a bin.
    pub(super) peak: String,
    /// Length of a bin, such as `63 seconds`.
    pub(super) bin_length: String,
}

/// A bar of the histogram.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) width: String,
    pub(super) height: usize,
}

/// The lane of a group of books.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    /// Y coordinate of the lane's baseline.
    pub(super) y: usize,
    pub(super) marks: Vec<Mark>,
}

/// The mark of a reference.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) height: usize,
    /// CSS class: `confirmed`, `suspect` or `contextual`.
    pub(super) class: &'static str,
    pub(super) url: String,
    pub(super) title: String,
}

/// A tick on the time axis.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) label: String,
    /// SVG `text-anchor`: `start` for the first tick, otherwise `middle`.
    pub(super) anchor: &'static str,
}

impl Timeline {
    /// Lays out the timeline. Returns `None` if no mention has a time.
    pub(super) fn new(mentions: &[Mention], duration: Option<f64>) -> Option<Self> {
        let last = mentions.iter().filter_map(|mention| mention.seconds).reduce(f64::max)?;
        // Captions may extend past the reported duration.
        let length = duration.unwrap_or_default().max(last + 1.0);
        let scale = Scale { length };
        let mut lanes = Vec::new();
        for (division, name) in LANES {
            let y = HISTOGRAM_HEIGHT + LANE_HEIGHT * (lanes.len() + 1);
            let in_lane = |mention: &&Mention| mention.book.is_some_and(|book| book.division() == division);
            let marks: Vec<_> =
                mentions.iter().filter(in_lane).filter_map(|mention| Mark::new(mention, scale, y)).collect();
            if !marks.is_empty() {
                lanes.push(Lane { name, y, marks });
            }
        }
        let axis = HISTOGRAM_HEIGHT + LANE_HEIGHT * lanes.len() + 18;
        let (bars, peak) = scale.bars(mentions);
        Some(Self {
            height: axis + 6,
            axis,
            histogram_base: HISTOGRAM_HEIGHT,
            bars,
            lanes,
            ticks: scale.ticks(),
            peak: format::number(peak as u64),
            bin_length: format::count(format::truncate((length / BINS_F64).round()).max(1), "second"),
        })
    }
}

/// Converts seconds to a percentage of the width.
#[derive(Debug, Clone, Copy)]
struct Scale {
    length: f64,
}

impl Scale {
    /// Returns the x coordinate of a time, leaving a small margin at both ends.
    fn x(self, seconds: f64) -> String {
        format!("{:.2}%", 0.6 + 98.8 * (seconds / self.length).clamp(0.0, 1.0))
    }

    fn ticks(self) -> Vec<Tick> {
        let minutes = format::truncate(self.length) / 60;
        let step = TICK_STEPS.into_iter().find(|step| minutes / step <= 6).unwrap_or(240);
        #[expect(clippy::cast_precision_loss, reason = "a sermon has few minutes")]
        let tick = |minute: u64| Tick {
            x: self.x(minute as f64 * 60.0),
            label: if minute == 0 { "0 min".to_owned() } else { minute.to_string() },
            anchor: if minute == 0 { "start" } else { "middle" },
        };
        // A tick at the right edge would be cut off.
        let step_by = usize::try_from(step).unwrap_or(usize::MAX);
        (0..=minutes)
            .step_by(step_by)
            .filter(|minute| minute * 60 <= format::truncate(self.length * 0.97))
            .map(tick)
            .collect()
    }

    /// Returns the bars of the histogram, and the highest count.
    fn bars(self, mentions: &[Mention]) -> (Vec<Bar>, usize) {
        let mut counts = [0_usize; BINS];
        for seconds in mentions.iter().filter(|mention| is_heard(mention)).filter_map(|mention| mention.seconds) {
            let bin = format::truncate(seconds / self.length * BINS_F64);
            counts[usize::try_from(bin).unwrap_or(BINS).min(BINS - 1)] += 1;
        }
        let peak = counts.iter().copied().max().unwrap_or_default().max(1);
        let bar = |(bin, count): (u32, usize)| {
            let height = (count * (HISTOGRAM_HEIGHT - 14)).div_ceil(peak);
            Bar {
                x: self.x(f64::from(bin) * self.length / BINS_F64),
                y: HISTOGRAM_HEIGHT - height,
                width: "1.8%".to_owned(),
                height,
            }
        };
        let bars = (0..).zip(counts).filter(|(_, count)| *count > 0).map(bar).collect();
        (bars, peak)
    }
}

/// Returns whether a mention has a mark. A slip that the speaker corrected has no mark.
fn is_heard(mention: &Mention) -> bool {
    mention.class != "withdrawn"
}

impl Mark {
    fn new(mention: &Mention, scale: Scale, base: usize) -> Option<Self> {
        let seconds = mention.seconds.filter(|_| is_heard(mention))?;
        let is_contextual = mention.class == "contextual";
        let height = if is_contextual { 9 } else { 18 };
        Some(Self {
            x: scale.x(seconds),
            y: base - height,
            height,
            class: mention.class,
            url: mention
                .time_url
                .clone()
                .or_else(|| mention.anchor_id.as_ref().map(|id| format!("#{id}")))
                .unwrap_or_default(),
            title: format!(
                "{}, {}: {}",
                format::timestamp(seconds),
                mention.passage,
                if is_contextual { "depends on an earlier reference" } else { mention.class }
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{
            mentions::{self, MentionLinks},
            watch::WatchLink,
        },
        *,
    };
    use crate::{
        domain::{Canon, Document},
        http::web::links::Links,
    };

    fn timeline(seconds: &[Option<f64>], duration: Option<f64>) -> Option<Timeline> {
        let reference = |start: &Option<f64>| {
            json!({
                "osis": "John.5.24", "book": "John", "chapter": 5, "verse": 24, "end_chapter": null, "end_verse": null,
                "kind": "explicit", "class": "confirmed", "start_seconds": start, "start_char": 0, "end_char": 1,
                "text": "John", "context": "John", "evidence": [], "repaired": false, "anchor": null,
            })
        };
        let references: Vec<_> = seconds.iter().map(reference).collect();
        let document = Document::from_legacy("sErm0n_Tst1", json!({ "references": references })).expect("a document");
        let links = MentionLinks { links: &Links::default(), watch: &WatchLink::for_document(&document) };
        Timeline::new(&mentions::references(&document, Canon::Protestant, links), duration)
    }

    #[test]
    fn a_mark_is_at_its_second_and_opens_the_video_there() {
        let timeline = timeline(&[Some(0.0), Some(600.0), None], Some(1200.0)).expect("a timeline");
        let lane = &timeline.lanes[0];
        assert_eq!((timeline.lanes.len(), lane.name, lane.marks.len()), (1, "Gospels", 2));
        assert_eq!((lane.marks[0].x.as_str(), lane.marks[1].x.as_str()), ("0.60%", "50.00%"));
        assert_eq!(lane.marks[1].url, "https://www.youtube.com/watch?v=sErm0n_Tst1&t=600s");
        assert_eq!(lane.marks[1].title, "10:00, John 5:24: confirmed");
        assert_eq!(
            timeline.ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(),
            ["0 min", "5", "10", "15"]
        );
    }

    #[test]
    fn without_times_there_is_no_timeline_and_late_references_stay_on_it() {
        assert!(timeline(&[None], Some(1200.0)).is_none() && timeline(&[], None).is_none());
        let late = timeline(&[Some(60.0), Some(1300.0)], Some(1200.0)).expect("a timeline");
        let last = late.lanes[0].marks[1].x.trim_end_matches('%').parse::<f64>().expect("a number");
        assert!((99.0..=100.0).contains(&last), "{last}");
    }
}
