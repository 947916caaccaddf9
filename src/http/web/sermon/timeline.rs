//! The references over the minutes of a sermon, as SVG: places in per cent of the width, so that it fits every screen
//! while marks and words keep their size.

use super::mentions::Mention;
use crate::{domain::Division, http::web::format};

/// The groups of books that have a lane, from top to bottom.
const LANES: [(Division, &str); 6] = [
    (Division::Law, "Law"),
    (Division::History, "History"),
    (Division::Poetry, "Poetry"),
    (Division::Prophets, "Prophets"),
    (Division::Gospels, "Gospels"),
    (Division::Letters, "Letters"),
];

/// Units of height: of the strip that shows how many there are, and of a lane.
const STRIP: usize = 44;
const LANE: usize = 38;

/// Parts of the strip.
const PARTS: usize = 48;
const COUNT: f64 = 48.0;

/// The minutes between two ticks; the first that makes at most six of them is taken.
const STEPS: [u64; 8] = [1, 2, 5, 10, 15, 30, 60, 120];

/// What is drawn.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) height: usize,
    /// Where the minutes are written.
    pub(super) axis: usize,
    pub(super) strip: usize,
    pub(super) bars: Vec<Bar>,
    pub(super) lanes: Vec<Lane>,
    pub(super) ticks: Vec<Tick>,
    /// The most references in a part of the strip, and how long such a part is.
    pub(super) most: String,
    pub(super) part: String,
}

/// A part of the strip.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) width: String,
    pub(super) height: usize,
}

/// A group of books.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    /// Its base line.
    pub(super) y: usize,
    pub(super) marks: Vec<Mark>,
}

/// A reference.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) height: usize,
    /// `confirmed`, `suspect` or `leaning`.
    pub(super) class: &'static str,
    pub(super) url: String,
    pub(super) title: String,
}

/// A minute on the axis.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) words: String,
    /// `start` for the first one, else `middle`.
    pub(super) anchor: &'static str,
}

impl Timeline {
    /// None when nothing has a time.
    pub(super) fn new(mentions: &[Mention], duration: Option<f64>) -> Option<Self> {
        let last = mentions.iter().filter_map(|mention| mention.seconds).reduce(f64::max)?;
        // The captions may go on after the length that was told.
        let length = duration.unwrap_or_default().max(last + 1.0);
        let scale = Scale { length };
        let mut lanes = Vec::new();
        for (division, name) in LANES {
            let y = STRIP + LANE * (lanes.len() + 1);
            let fits = |mention: &&Mention| mention.book.is_some_and(|book| book.division() == division);
            let marks: Vec<_> =
                mentions.iter().filter(fits).filter_map(|mention| Mark::new(mention, scale, y)).collect();
            if !marks.is_empty() {
                lanes.push(Lane { name, y, marks });
            }
        }
        let axis = STRIP + LANE * lanes.len() + 18;
        let (bars, most) = scale.bars(mentions);
        Some(Self {
            height: axis + 6,
            axis,
            strip: STRIP,
            bars,
            lanes,
            ticks: scale.ticks(),
            most: format::number(most as u64),
            part: format::clock(length / COUNT),
        })
    }
}

/// Seconds into per cent of the width.
#[derive(Debug, Clone, Copy)]
struct Scale {
    length: f64,
}

impl Scale {
    /// Leaves room for half a mark at both ends.
    fn x(self, seconds: f64) -> String {
        format!("{:.2}%", 0.6 + 98.8 * (seconds / self.length).clamp(0.0, 1.0))
    }

    fn ticks(self) -> Vec<Tick> {
        let minutes = format::whole(self.length) / 60;
        let step = STEPS.into_iter().find(|step| minutes / step <= 6).unwrap_or(240);
        #[expect(clippy::cast_precision_loss, reason = "minutes of a sermon")]
        let tick = |minute: u64| Tick {
            x: self.x(minute as f64 * 60.0),
            words: if minute == 0 { "0 min".to_owned() } else { minute.to_string() },
            anchor: if minute == 0 { "start" } else { "middle" },
        };
        // One that stands at the very end would be cut off.
        let step_by = usize::try_from(step).unwrap_or(usize::MAX);
        (0..=minutes)
            .step_by(step_by)
            .filter(|minute| minute * 60 <= format::whole(self.length * 0.97))
            .map(tick)
            .collect()
    }

    /// How many references each part has, and the most.
    fn bars(self, mentions: &[Mention]) -> (Vec<Bar>, usize) {
        let mut counts = [0_usize; PARTS];
        for seconds in mentions.iter().filter_map(|mention| mention.seconds) {
            let part = format::whole(seconds / self.length * COUNT);
            counts[usize::try_from(part).unwrap_or(PARTS).min(PARTS - 1)] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or_default().max(1);
        let bar = |(part, count): (u32, usize)| {
            let height = (count * (STRIP - 14)).div_ceil(most);
            Bar {
                x: self.x(f64::from(part) * self.length / COUNT),
                y: STRIP - height,
                width: "1.8%".to_owned(),
                height,
            }
        };
        let bars = (0..).zip(counts).filter(|(_, count)| *count > 0).map(bar).collect();
        (bars, most)
    }
}

impl Mark {
    fn new(mention: &Mention, scale: Scale, base: usize) -> Option<Self> {
        let seconds = mention.seconds?;
        let leans = mention.anchor.is_some();
        let height = if leans { 9 } else { 18 };
        let words = if leans { "leans on the one before" } else { mention.class };
        Some(Self {
            x: scale.x(seconds),
            y: base - height,
            height,
            class: if leans { "leaning" } else { mention.class },
            url: mention
                .time_url
                .clone()
                .or_else(|| mention.anchor_id.as_ref().map(|id| format!("#{id}")))
                .unwrap_or_default(),
            title: format!("{}, {}: {words}", format::clock(seconds), mention.passage),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{
            mentions::{self, Places},
            watch::WatchLink,
        },
        *,
    };
    use crate::{domain::Document, http::web::links::Links};

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
        let places = Places { links: &Links::default(), watch: &WatchLink::of(&document) };
        Timeline::new(&mentions::counted(&document, places), duration)
    }

    #[test]
    fn a_mark_stands_at_its_second_and_opens_the_video_there() {
        let timeline = timeline(&[Some(0.0), Some(600.0), None], Some(1200.0)).expect("a timeline");
        let lane = &timeline.lanes[0];
        assert_eq!((timeline.lanes.len(), lane.name, lane.marks.len()), (1, "Gospels", 2));
        assert_eq!((lane.marks[0].x.as_str(), lane.marks[1].x.as_str()), ("0.60%", "50.00%"));
        assert_eq!(lane.marks[1].url, "https://www.youtube.com/watch?v=sErm0n_Tst1&t=600s");
        assert_eq!(lane.marks[1].title, "10:00, John 5:24: confirmed");
        assert_eq!(
            timeline.ticks.iter().map(|tick| tick.words.as_str()).collect::<Vec<_>>(),
            ["0 min", "5", "10", "15"]
        );
    }

    #[test]
    fn without_times_there_is_none_and_what_comes_after_the_end_is_not_lost() {
        assert!(timeline(&[None], Some(1200.0)).is_none() && timeline(&[], None).is_none());
        let late = timeline(&[Some(60.0), Some(1300.0)], Some(1200.0)).expect("a timeline");
        let last = late.lanes[0].marks[1].x.trim_end_matches('%').parse::<f64>().expect("a number");
        assert!((99.0..=100.0).contains(&last), "{last}");
    }
}
