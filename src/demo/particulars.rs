//! What is known of a sermon beside its words: who, where, when, and under which title.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, SecondsFormat};
use rand::{Rng, seq::IndexedRandom as _};

use super::{
    DIFFERENT_TALKS,
    churches::{CHURCHES, Church},
    talk::Analyzed,
};
use crate::domain::VideoId;

/// The sermons are spread over so many days.
const DAYS: u64 = 730;

#[derive(Debug)]
pub(super) struct Particulars {
    pub(super) video_id: VideoId,
    pub(super) title: String,
    pub(super) church: &'static Church,
    /// A date.
    pub(super) published_on: String,
    /// RFC 3339.
    pub(super) processed_at: String,
}

impl Particulars {
    /// Those of the sermon with this number, which has the words of `talk`.
    pub(super) fn invent(random: &mut impl Rng, seed: u64, number: u64, until: NaiveDate, talk: &Analyzed) -> Self {
        let church = CHURCHES.choose_weighted(random, |church| church.weight).expect("the weights are positive");
        let preacher = church.preachers.choose(random).expect("somebody preaches");
        let title = talk.talk.theme.titles.choose(random).expect("a theme has titles");
        let part = match number / DIFFERENT_TALKS {
            0 => String::new(),
            again => format!(", part {}", again + 1),
        };
        let date = day(random, until);
        let time = NaiveTime::from_num_seconds_from_midnight_opt(random.random_range(36_000..86_400), 0);
        let processed_at = date.and_time(time.expect("a day has 86,400 seconds")).and_utc();
        Self {
            video_id: video_id(seed, number),
            title: format!("{title}{part} | {preacher}"),
            church,
            published_on: date.to_string(),
            processed_at: processed_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        }
    }
}

/// Mostly a Sunday.
fn day(random: &mut impl Rng, until: NaiveDate) -> NaiveDate {
    let day = until - Days::new(random.random_range(1..=DAYS));
    if random.random_ratio(1, 6) {
        return day;
    }
    day - Days::new(u64::from(day.weekday().num_days_from_sunday()))
}

/// Eleven characters that begin with `demo`, scattered as those of YouTube are.
pub(super) fn video_id(seed: u64, number: u64) -> VideoId {
    let scattered = VideoId::of_upload(&format!("demo {seed} {number}"));
    VideoId::parse(&format!("demo{}", &scattered.as_str()[..7])).expect("letters and digits of an id")
}
