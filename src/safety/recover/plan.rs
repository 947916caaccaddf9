//! What a recovery found and would do, for people and machines.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    judge::{Best, Why, judge},
    known::{Known, Worth},
    places::PlaceKind,
    survey::{Survey, Surveyed},
};
use crate::{
    domain::{CollectionDigest, Sha256, VideoId},
    store::StoreState,
};

/// Where the best version of each video is, and why. Nothing is changed by it.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// What the database says of itself; none if it says nothing.
    pub state: Option<StoreState>,
    /// The tables that are gone.
    pub missing_tables: Vec<String>,
    /// Why the database cannot be read to its end.
    pub problem: Option<String>,
    /// Whether rows, checksums and state do not agree with each other, or tables are gone.
    pub must_be_mended: bool,
    /// How many videos go which way.
    pub counts: Counts,
    /// Versions that are in files alone; they go to the history.
    pub older_versions: usize,
    /// The files that were looked into.
    pub places: Vec<PlaceReport>,
    /// Every video, in the order of ids.
    pub videos: Vec<Judged>,
    /// What is to be done.
    #[serde(skip)]
    pub(super) work: Work,
}

/// Numbers of videos.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// That stay as they are.
    pub stay: usize,
    /// That are not in the database and come back.
    pub come_back: usize,
    /// Whose row is replaced by a better version.
    pub replaced: usize,
    /// That wait in the spool.
    pub wait: usize,
    /// That were deleted, and stay so.
    pub deleted: usize,
    /// Whose row is no document, without another copy.
    pub unreadable: usize,
}

/// A video, and where its best version is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// Its id.
    pub video_id: VideoId,
    /// Its title.
    pub title: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Where its best version is.
    pub from: String,
    /// Why.
    pub why: &'static str,
}

/// What becomes of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Its row stays as it is.
    Stays,
    /// It is not in the database, and comes back.
    ComesBack,
    /// Its row goes to the history, and a better version takes its place.
    Replaced,
    /// It waits in the spool, from where it is put back.
    Waits,
    /// It was deleted, and stays so.
    Deleted,
    /// Its row is no document; it goes to the history.
    Unreadable,
}

/// A file that was looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Number of sermons that were found in it.
    pub videos: u64,
    /// The file with the same state that was read instead.
    pub same_as: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// The version that each video will have.
    pub(super) chosen: BTreeMap<VideoId, Chosen>,
    /// Versions that go to the history, with their places.
    pub(super) older: HashMap<VideoId, Vec<(Sha256, usize)>>,
    /// Whether any row comes, changes or goes.
    pub(super) changes: bool,
    /// Digest over the chosen versions.
    pub(super) digest: CollectionDigest,
    /// The files.
    pub(super) places: Vec<Surveyed>,
}

/// A version that a video will have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) sha256: Sha256,
    pub(super) from: From,
}

/// Where it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Row,
    File(usize),
    History(i64),
}

impl Plan {
    /// Whether there is anything to do.
    pub fn anything(&self) -> bool {
        self.must_be_mended || self.work.changes || self.older_versions > 0 || self.counts.wait > 0
    }

    pub(super) fn of(survey: Survey) -> Self {
        let Survey { salvaged, places, known } = survey;
        let epoch = salvaged.state.as_ref().map(|state| state.epoch);
        let (mut work, mut counts, mut videos) = (Work::default(), Counts::default(), Vec::with_capacity(known.len()));
        for (video_id, known) in &known {
            let (best, why) = judge(known, epoch);
            let fate = work.take(video_id, known, best);
            counts.count(fate);
            let from = from(best, &places);
            videos.push(Judged {
                video_id: video_id.clone(),
                title: known.title.clone(),
                fate,
                from,
                why: why.words(),
            });
            work.take_older(video_id, known, why);
        }
        let reports = places.iter().map(|surveyed| PlaceReport {
            name: surveyed.place.name.clone(),
            kind: surveyed.place.kind,
            videos: surveyed.videos,
            same_as: surveyed.same_as.clone(),
            problem: surveyed.problem.clone(),
        });
        let places_found = reports.collect();
        work.places = places;
        Self {
            must_be_mended: !salvaged.missing_tables.is_empty() || !agrees(salvaged.state.as_ref(), &known),
            state: salvaged.state,
            missing_tables: salvaged.missing_tables,
            problem: salvaged.problem,
            counts,
            older_versions: work.older.values().map(Vec::len).sum(),
            places: places_found,
            videos,
            work,
        }
    }
}

impl Work {
    /// Notes which version a video will have; gives what becomes of it.
    fn take(&mut self, id: &VideoId, known: &Known, best: Best) -> Fate {
        let row = known.row.map(|row| Chosen { sha256: row.sha256, from: From::Row });
        let (chosen, fate) = match best {
            Best::Row => (row, Fate::Stays),
            // Until the replay takes it, the row stays.
            Best::Spool(_) => (row, Fate::Waits),
            Best::File(version) => {
                let chosen = Chosen { sha256: version.sha256, from: From::File(version.place) };
                (Some(chosen), if row.is_some() { Fate::Replaced } else { Fate::ComesBack })
            }
            Best::History(seq, sha256) => (Some(Chosen { sha256, from: From::History(seq) }), Fate::ComesBack),
            Best::Deleted => (None, Fate::Deleted),
            Best::Unreadable => (None, Fate::Unreadable),
        };
        self.changes |= matches!(fate, Fate::ComesBack | Fate::Replaced | Fate::Unreadable);
        if let Some(chosen) = chosen {
            self.digest.add(id, &chosen.sha256);
            self.chosen.insert(id.clone(), chosen);
        }
        fate
    }

    /// Notes the versions that would be nowhere but in their files.
    fn take_older(&mut self, id: &VideoId, known: &Known, why: Why) {
        let chosen = self.chosen.get(id).map(|chosen| chosen.sha256);
        let row = known.row.map(|row| row.sha256);
        let older: Vec<_> = known
            .versions
            .iter()
            .filter(|version| matches!(version.worth, Worth::Loose | Worth::State))
            .filter(|version| Some(version.sha256) != chosen && Some(version.sha256) != row)
            .filter(|version| !known.in_history.contains(&version.sha256))
            .map(|version| (version.sha256, version.place))
            .collect();
        // A damaged copy that is the only one is chosen, and so is none of these.
        if !older.is_empty() && why != Why::OnlyDamagedCopy {
            self.older.insert(id.clone(), older);
        }
    }
}

impl Counts {
    fn count(&mut self, fate: Fate) {
        *match fate {
            Fate::Stays => &mut self.stay,
            Fate::ComesBack => &mut self.come_back,
            Fate::Replaced => &mut self.replaced,
            Fate::Waits => &mut self.wait,
            Fate::Deleted => &mut self.deleted,
            Fate::Unreadable => &mut self.unreadable,
        } += 1;
    }
}

fn from(best: Best, places: &[Surveyed]) -> String {
    match best {
        Best::Row | Best::Unreadable => "the database".to_owned(),
        Best::File(version) | Best::Spool(version) => places[version.place].place.name.clone(),
        Best::History(seq, _) => format!("the history (write {seq})"),
        Best::Deleted => "the history".to_owned(),
    }
}

/// Whether the rows are what their checksums and the state say.
fn agrees(state: Option<&StoreState>, known: &BTreeMap<VideoId, Known>) -> bool {
    let (mut count, mut digest) = (0, CollectionDigest::default());
    for (id, row) in known.iter().filter_map(|(id, known)| Some((id, known.row.as_ref()?))) {
        if !row.whole {
            return false;
        }
        digest.add(id, &row.sha256);
        count += 1;
    }
    state.is_some_and(|state| (state.count, state.digest) == (count, digest))
}
