//! Looking everywhere: the database, the history, and every file, one after the other, document by document.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::PathBuf,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::task::spawn_blocking;

use super::{
    Counted, RecoverError, Told,
    known::{Gone, Known, Replaced, Row, Seen, Version, Worth},
    places::{self, Expected, Place, PlaceKind},
};
use crate::{
    domain::{Document, Sha256, VideoId},
    safety::{DataDir, backup, restore::stored_form, spool},
    store::{HistoryOutline, SalvageSink, Salvaged, SalvagedRow, Store},
};

/// Everything that was found.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) salvaged: Salvaged,
    /// The files, in the order in which they were read.
    pub(super) places: Vec<Surveyed>,
    pub(super) known: BTreeMap<VideoId, Known>,
}

/// A file that was looked into.
#[derive(Debug, Clone)]
pub(super) struct Surveyed {
    pub(super) place: Place,
    pub(super) worth: Worth,
    /// Number of sermons that were found in it.
    pub(super) videos: u64,
    /// The file that has the same state and was read instead.
    pub(super) same_as: Option<String>,
    pub(super) problem: Option<String>,
}

/// A version in the file that is being read.
struct Entry {
    video_id: VideoId,
    sha256: Sha256,
    processed_at: DateTime<Utc>,
    title: String,
}

/// Looks at everything; changes nothing.
pub(super) async fn look(
    store: &dyn Store,
    data_dir: &DataDir,
    lost: Vec<PathBuf>,
    told: Told,
) -> Result<Survey, RecoverError> {
    let mut rows = Rows::default();
    let salvaged = store.salvage(&mut rows).await?;
    let mut known = rows.0;
    take_history(&mut known, store.history_outline().await?);
    let data_dir = data_dir.clone();
    let read = spawn_blocking(move || {
        let places = places::all(&data_dir, &lost)?;
        let surveyed = read_all(&data_dir, places, &mut known, &told);
        Ok::<_, io::Error>((surveyed, known))
    });
    let (places, mut known) = read.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
    distrust(&mut known, &places);
    Ok(Survey { salvaged, places, known })
}

/// Takes the rows in.
#[derive(Default)]
struct Rows(BTreeMap<VideoId, Known>);

#[async_trait]
impl SalvageSink for Rows {
    async fn row(&mut self, row: SalvagedRow) -> io::Result<()> {
        let document: Option<Document> = serde_json::from_str(&row.document).ok();
        let document = document.filter(|document| document.video_id == row.video_id);
        let sha256 = Sha256::of(row.document.as_bytes());
        let known = self.0.entry(row.video_id).or_default();
        known.row = Some(Row {
            sha256,
            whole: row.recorded == Some(sha256),
            readable: document.is_some(),
            seq: row.seq,
            processed_at: document.as_ref().map_or(DateTime::UNIX_EPOCH, analyzed),
        });
        known.title = document.map_or_else(String::new, |document| document.title);
        Ok(())
    }
}

/// Takes the history in, which is in the order in which it came about.
fn take_history(known: &mut BTreeMap<VideoId, Known>, history: Vec<HistoryOutline>) {
    for version in history {
        let known = known.entry(version.video_id).or_default();
        known.in_history.push(version.sha256);
        if version.reason == "superseded" {
            // It was older than what was there.
            continue;
        }
        let Some(replaced_by) = Some(version.replaced_by_seq).filter(|_| known.row.is_none()) else { continue };
        (known.gone, known.replaced) = match version.reason.as_str() {
            "delete" | "restore" => (Some(Gone { seq: replaced_by, at: version.replaced_at }), None),
            _ => (None, Some(Replaced { seq: version.seq, by: replaced_by, sha256: version.sha256 })),
        };
    }
}

/// Reads the files. Of the states of one life, the latest that is whole tells what there was in the end.
fn read_all(
    data_dir: &DataDir,
    places: Vec<Place>,
    known: &mut BTreeMap<VideoId, Known>,
    told: &Told,
) -> Vec<Surveyed> {
    let (of, mut surveyed) = (places.len(), Vec::<Surveyed>::new());
    let mut newest: HashMap<i64, usize> = HashMap::new();
    for (index, place) in places.into_iter().enumerate() {
        told(Counted { done: index, of });
        let same = surveyed.iter().find(|other| other.worth == Worth::State && other.place.is_same_state(&place));
        if let Some(same) = same {
            let (videos, same_as) = (same.videos, Some(same.place.name.clone()));
            surveyed.push(Surveyed { place, worth: Worth::Loose, videos, same_as, problem: None });
            continue;
        }
        let (entries, worth, problem) = read(data_dir, &place);
        let life = place.life.filter(|_| worth == Worth::State);
        let in_newest = life.map(|life| *newest.entry(life.epoch).or_insert(index) == index);
        let videos = entries.len() as u64;
        for Entry { video_id, sha256, processed_at, title } in entries {
            let known = known.entry(video_id).or_default();
            known.add(Version { sha256, processed_at, place: index, worth });
            if let (Some(life), Some(in_newest)) = (life, in_newest) {
                let seen = Seen { epoch: life.epoch, seq: life.seq, at: life.at, in_newest, sha256 };
                known.seen.get_or_insert(seen);
            }
            if known.title.is_empty() {
                known.title = title;
            }
        }
        surveyed.push(Surveyed { place, worth, videos, same_as: None, problem });
    }
    told(Counted { done: of, of });
    surveyed
}

/// Reads one file: what is in it, how far it is to be believed, and what is wrong with it.
fn read(data_dir: &DataDir, place: &Place) -> (Vec<Entry>, Worth, Option<String>) {
    let mut entries = Vec::new();
    let mut strange = None;
    let sound = if place.life.is_some() { Worth::State } else { Worth::Loose };
    let read = if place.kind == PlaceKind::Spool {
        match spool::read_waiting(&data_dir.backups(), &place.name) {
            Ok(Some(save)) => {
                let text = save.document.to_json();
                entries.push(entry(&save.document, &text));
                return (entries, Worth::Waiting, None);
            }
            Ok(None) => Err("it is not what was written".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    } else {
        each(
            place,
            |document, text| {
                entries.push(entry(document, text));
                true
            },
            &mut strange,
        )
    };
    match read.and_then(|found| strange.map_or(Ok(found), Err)) {
        Ok(()) => (entries, sound, None),
        Err(problem) => (entries, Worth::Doubtful, Some(problem)),
    }
}

fn entry(document: &Document, text: &str) -> Entry {
    Entry {
        video_id: document.video_id.clone(),
        sha256: Sha256::of(text.as_bytes()),
        processed_at: analyzed(document),
        title: document.title.clone(),
    }
}

fn analyzed(document: &Document) -> DateTime<Utc> {
    document.processed_at().unwrap_or(DateTime::UNIX_EPOCH)
}

/// Hands out the documents of a file in the form in which they are stored, until the taker wants no more; what is
/// none is told in `strange` and passed over. An error says what is wrong with the file.
pub(super) fn each(
    place: &Place,
    mut take: impl FnMut(&Document, &str) -> bool,
    strange: &mut Option<String>,
) -> Result<(), String> {
    let file = place.open().map_err(|error| error.to_string())?;
    let to_the_byte = place.life.is_some();
    let found = backup::read(&file, |id, text, _| {
        match stored_form(&id, text, to_the_byte) {
            Ok((document, _)) if document.video_id != id => {
                *strange = Some(format!("what stands under {id} is the document of {}", document.video_id));
            }
            Ok((document, text)) => {
                if !take(&document, &text) {
                    return Err("no more is taken".into());
                }
            }
            Err(error) => *strange = Some(format!("the document of {id}: {error}")),
        }
        Ok(())
    });
    let found = found.map_err(|error| error.to_string())?;
    match place.expected {
        Some(expected) if !is_as(&found, &expected) => Err("it is not what its manifest says".to_owned()),
        _ => Ok(()),
    }
}

fn is_as(found: &backup::Found, expected: &Expected) -> bool {
    let holds = (i64::try_from(found.contents.count).ok(), found.contents.digest);
    found.file == expected.sum && holds == (Some(expected.count), expected.digest)
}

/// What is not in the newest state of a life was deleted, one write for each. If more is missing than there were
/// writes, something else happened, and what is missing there was lost.
fn distrust(known: &mut BTreeMap<VideoId, Known>, places: &[Surveyed]) {
    let mut last: HashMap<i64, i64> = HashMap::new();
    for life in places.iter().filter(|place| place.worth == Worth::State).filter_map(|place| place.place.life) {
        let seq = last.entry(life.epoch).or_insert(life.seq);
        *seq = life.seq.max(*seq);
    }
    let is_missing = |known: &Known| known.row.is_none() && known.seen.is_some_and(|seen| !seen.in_newest);
    let mut missing: HashMap<i64, Vec<i64>> = HashMap::new();
    for seen in known.values().filter(|known| is_missing(known)).filter_map(|known| known.seen) {
        missing.entry(seen.epoch).or_default().push(seen.seq);
    }
    missing.retain(|epoch, seen| {
        seen.sort_unstable_by(|a, b| b.cmp(a));
        let last = last.get(epoch).copied().unwrap_or_default();
        seen.iter().zip(1_i64..).any(|(seq, number)| number > last - seq)
    });
    for known in known.values_mut().filter(|known| is_missing(known)) {
        if let Some(seen) = known.seen.as_mut().filter(|seen| missing.contains_key(&seen.epoch)) {
            seen.in_newest = true;
        }
    }
}
