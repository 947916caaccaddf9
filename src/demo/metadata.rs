//! Generates the metadata of a sermon: its ID, title, church and dates.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, SecondsFormat};
use rand::{Rng, seq::IndexedRandom as _};

use super::{
    DISTINCT_TALKS,
    churches::{CHURCHES, Church},
    talk::AnalyzedTalk,
};
use crate::domain::VideoId;

/// Number of days over which the sermons are spread.
const DAYS: u64 = 730;

#[derive(Debug)]
pub(super) struct SermonMetadata {
    pub(super) video_id: VideoId,
    pub(super) title: String,
    pub(super) church: &'static Church,
    /// Date of publication.
    pub(super) published_on: String,
    /// RFC 3339 time of the analysis.
    pub(super) processed_at: String,
}

impl SermonMetadata {
    /// Generates the metadata of the sermon with this number.
    pub(super) fn generate(
        random: &mut impl Rng,
        seed: u64,
        number: u64,
        until: NaiveDate,
        talk: &AnalyzedTalk,
    ) -> Self {
        let church = CHURCHES.choose_weighted(random, |church| church.weight).expect("the weights are positive");
        let preacher = church.preachers.choose(random).expect("a church has preachers");
        let title = talk.talk.theme.titles.choose(random).expect("a theme has titles");
        let part = match number / DISTINCT_TALKS {
            0 => String::new(),
            repetition => format!(", part {}", repetition + 1),
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

/// Returns a random day, usually a Sunday.
fn day(random: &mut impl Rng, until: NaiveDate) -> NaiveDate {
    let day = until - Days::new(random.random_range(1..=DAYS));
    if random.random_ratio(1, 6) {
        return day;
    }
    day - Days::new(u64::from(day.weekday().num_days_from_sunday()))
}

/// Returns an ID of eleven characters that starts with `demo`.
pub(super) fn video_id(seed: u64, number: u64) -> VideoId {
    let hashed = VideoId::for_upload(&format!("demo {seed} {number}"));
    VideoId::parse(&format!("demo{}", &hashed.as_str()[..7])).expect("a prefix of an id is valid in an id")
}
