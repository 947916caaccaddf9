//! Gathers the evidence: reads the rows, the history and every file, one document at a time.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::PathBuf,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    FileProgress, RecoverError, SurveyProgress,
    evidence::{Deletion, FileVersion, LastSeen, ReplacedVersion, SermonEvidence, StoredRow, Trust},
    old_database::CopiedDatabase,
    sources::{self, ExpectedContents, SourceFile, SourceKind},
};
use crate::{
    blocking::blocking,
    domain::{Document, Sha256, VideoId},
    safety::{
        DataDir,
        backup::{self, Origin, stored_form},
        format, spool,
    },
    store::{HistoryOutline, SalvageSink, Salvaged, SalvagedRow, Store},
};

/// Why reading was stopped.
type Stopped = Box<dyn std::error::Error + Send + Sync>;

/// Maximum number of invalid documents to list per file.
const MAX_LISTED: usize = 5;

/// Everything that was found.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) salvaged: Salvaged,
    /// The files, in the order they were read.
    pub(super) files: Vec<SurveyedFile>,
    pub(super) sermons: BTreeMap<VideoId, SermonEvidence>,
    /// The copies of old databases, which are deleted on drop.
    pub(super) old_databases: Vec<CopiedDatabase>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub(super) struct SurveyedFile {
    pub(super) source: SourceFile,
    pub(super) trust: Trust,
    /// Number of sermons found in the file.
    pub(super) sermons: u64,
    /// Name of the file with the same state that was read instead.
    pub(super) same_as: Option<String>,
    pub(super) problem: Option<String>,
}

/// A document in a file, without its text.
struct DocumentOutline {
    video_id: VideoId,
    sha256: Sha256,
    processed_at: DateTime<Utc>,
    title: String,
}

/// Reads all sources, and changes nothing.
pub(super) async fn survey(
    store: &dyn Store,
    data_dir: &DataDir,
    user_files: Vec<PathBuf>,
    old_databases: Vec<CopiedDatabase>,
    progress: SurveyProgress,
) -> Result<Survey, RecoverError> {
    let (salvaged, mut sermons) = if store.exists().await? {
        let mut rows = RowCollector::default();
        let salvaged = store.salvage(&mut rows).await?;
        add_history(&mut rows.0, store.history_outline().await?);
        (salvaged, rows.0)
    } else {
        (Salvaged { is_new: true, ..Salvaged::default() }, BTreeMap::new())
    };
    let data_dir = data_dir.clone();
    let reading = blocking(move || {
        let sources = sources::list(&data_dir, &user_files, &old_databases)?;
        let files = read_files(&data_dir, sources, &mut sermons, &progress);
        Ok::<_, io::Error>((files, sermons, old_databases))
    });
    let (files, mut sermons, old_databases) = reading.await?;
    treat_mass_disappearance_as_loss(&mut sermons, &files);
    Ok(Survey { salvaged, files, sermons, old_databases })
}

/// Receives the readable sermon rows and records them as evidence.
#[derive(Default)]
struct RowCollector(BTreeMap<VideoId, SermonEvidence>);

#[async_trait]
impl SalvageSink for RowCollector {
    async fn row(&mut self, row: SalvagedRow) -> io::Result<()> {
        let document: Option<Document> = serde_json::from_str(&row.document).ok();
        let document = document.filter(|document| document.video_id == row.video_id);
        let sha256 = Sha256::digest(row.document.as_bytes());
        let sermon = self.0.entry(row.video_id).or_default();
        sermon.row = Some(StoredRow {
            sha256,
            intact: row.recorded == Some(sha256),
            readable: document.is_some(),
            seq: row.seq,
            processed_at: document.as_ref().map_or(DateTime::UNIX_EPOCH, changed_at),
        });
        sermon.title = document.map_or_else(String::new, |document| document.title);
        Ok(())
    }
}

/// Adds the history, which must be in chronological order.
fn add_history(sermons: &mut BTreeMap<VideoId, SermonEvidence>, history: Vec<HistoryOutline>) {
    for version in history {
        let sermon = sermons.entry(version.video_id).or_default();
        sermon.in_history.push(version.sha256);
        // A superseded version was never in a row, and a sermon that has a row needs no further history.
        if version.reason == "superseded" || sermon.row.is_some() {
            continue;
        }
        let replaced_by = version.replaced_by_seq;
        (sermon.deletion, sermon.replaced) = match version.reason.as_str() {
            "delete" | "restore" => (Some(Deletion { seq: replaced_by, at: version.replaced_at }), None),
            _ => (None, Some(ReplacedVersion { seq: version.seq, replaced_by, sha256: version.sha256 })),
        };
    }
}

/// Reads the files. The latest intact state of an epoch shows which sermons still existed at the end of that epoch.
fn read_files(
    data_dir: &DataDir,
    sources: Vec<SourceFile>,
    sermons: &mut BTreeMap<VideoId, SermonEvidence>,
    progress: &SurveyProgress,
) -> Vec<SurveyedFile> {
    let (total, mut files) = (sources.len(), Vec::<SurveyedFile>::new());
    let mut latest_of_epoch: HashMap<i64, usize> = HashMap::new();
    for (index, source) in sources.into_iter().enumerate() {
        progress(FileProgress { done: index, total });
        let same =
            files.iter().find(|other| other.trust == Trust::DatabaseState && other.source.has_same_state_as(&source));
        if let Some(same) = same {
            let (sermons, same_as) = (same.sermons, Some(same.source.name.clone()));
            files.push(SurveyedFile { source, trust: Trust::Standalone, sermons, same_as, problem: None });
            continue;
        }
        let (documents, trust, problem) = read_file(data_dir, &source);
        let state = source.state.filter(|_| trust == Trust::DatabaseState);
        let in_latest_state = state.map(|state| *latest_of_epoch.entry(state.epoch).or_insert(index) == index);
        let count = documents.len() as u64;
        for DocumentOutline { video_id, sha256, processed_at, title } in documents {
            let sermon = sermons.entry(video_id).or_default();
            sermon.add(FileVersion { sha256, processed_at, file: index, trust });
            if let (Some(state), Some(in_latest_state)) = (state, in_latest_state) {
                let seen = LastSeen { epoch: state.epoch, seq: state.seq, at: state.at, in_latest_state, sha256 };
                sermon.last_seen.get_or_insert(seen);
            }
            if sermon.title.is_empty() {
                sermon.title = title;
            }
        }
        let problem = problem.or_else(|| source.known_problem.clone());
        files.push(SurveyedFile { source, trust, sermons: count, same_as: None, problem });
    }
    progress(FileProgress { done: total, total });
    files
}

/// Reads one file. Returns its documents, how far it can be trusted, and what is wrong with it.
fn read_file(data_dir: &DataDir, source: &SourceFile) -> (Vec<DocumentOutline>, Trust, Option<String>) {
    let mut documents = Vec::new();
    let mut invalid = InvalidDocuments::default();
    let trust_if_intact = if source.state.is_some() { Trust::DatabaseState } else { Trust::Standalone };
    let read = if source.kind == SourceKind::Spool {
        match spool::read_entry(&data_dir.backups(), &source.name) {
            Ok(Some(save)) => {
                let text = save.document.to_json();
                documents.push(outline(&save.document, &text));
                return (documents, Trust::Spooled, None);
            }
            Ok(None) => Err("it does not match its manifest".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    } else {
        for_each_document(
            source,
            |document, text| {
                documents.push(outline(document, text));
                true
            },
            &mut invalid,
        )
    };
    match (read, invalid.describe()) {
        (Ok(()), None) => (documents, trust_if_intact, None),
        (Ok(()), Some(problem)) | (Err(problem), None) => (documents, Trust::Damaged, Some(problem)),
        (Err(problem), Some(invalid)) => (documents, Trust::Damaged, Some(format!("{problem}; {invalid}"))),
    }
}

/// Why documents in a file were skipped.
#[derive(Debug, Default)]
pub(super) struct InvalidDocuments {
    listed: Vec<String>,
    count: usize,
}

impl InvalidDocuments {
    fn add(&mut self, reason: String) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(reason);
        }
    }

    fn extend(&mut self, other: Self) {
        self.count += other.count;
        self.listed.extend(other.listed);
        self.listed.truncate(MAX_LISTED);
    }

    fn describe(&self) -> Option<String> {
        let more = match self.count - self.listed.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        (self.count > 0).then(|| format!("{}{more}", self.listed.join("; ")))
    }
}

fn outline(document: &Document, text: &str) -> DocumentOutline {
    DocumentOutline {
        video_id: document.video_id.clone(),
        sha256: Sha256::digest(text.as_bytes()),
        processed_at: changed_at(document),
        title: document.title.clone(),
    }
}

/// Returns when a version was analyzed or edited, which determines the order of a sermon's versions.
fn changed_at(document: &Document) -> DateTime<Utc> {
    document.last_changed_at().unwrap_or(DateTime::UNIX_EPOCH)
}

/// Calls `take` with each document of a file and the text that would be stored for it, until `take` returns `false`.
///
/// Skips invalid documents and adds them to `invalid`. Fails if the file cannot be read in full or does not match its
/// manifest.
pub(super) fn for_each_document(
    source: &SourceFile,
    mut take: impl FnMut(&Document, &str) -> bool,
    invalid: &mut InvalidDocuments,
) -> Result<(), String> {
    let file = source.open().map_err(|error| error.to_string())?;
    let origin = if source.state.is_some() { Origin::Ours } else { Origin::Elsewhere };
    let (mut malformed, mut unusable) = (InvalidDocuments::default(), InvalidDocuments::default());
    let mut each = |id: VideoId, text: &str, _: &Sha256| {
        match stored_form(&id, text, origin) {
            Ok((document, _)) if document.video_id != id => {
                unusable.add(format!("the entry {id} has the document of {}", document.video_id));
            }
            Ok((document, text)) => {
                if !take(&document, &text) {
                    return Err("reading was stopped".into());
                }
            }
            Err(error) => unusable.add(format!("the document of {id}: {error}")),
        }
        Ok(())
    };
    let single = match source.kind {
        SourceKind::UserFile => format::read_single_document(&file, &source.name).map_err(|error| error.to_string())?,
        _ => None,
    };
    if let Some((id, text)) = single {
        let sha256 = Sha256::digest(text.as_bytes());
        let read = each(id, &text, &sha256).map_err(|error: Stopped| error.to_string());
        invalid.extend(unusable);
        return read;
    }
    let scanned = backup::scan_valid(&file, each, |reason| malformed.add(reason));
    invalid.extend(unusable);
    invalid.extend(malformed);
    let scanned = scanned.map_err(|error| error.to_string())?;
    match source.expected {
        Some(expected) if !matches(&scanned, &expected) => Err("it does not match its manifest".to_owned()),
        _ => Ok(()),
    }
}

fn matches(scanned: &backup::ScannedFile, expected: &ExpectedContents) -> bool {
    let contents = (i64::try_from(scanned.contents.count).ok(), scanned.contents.digest);
    scanned.checksum == expected.checksum && contents == (Some(expected.count), expected.digest)
}

/// Treats sermons that disappeared in large numbers as lost rather than deleted.
///
/// A sermon that is missing from the latest state of its epoch usually counts as deleted, and a deletion takes one
/// write per sermon. If more sermons disappeared than there were writes, they were lost in some other way, and none of
/// them counts as deleted.
fn treat_mass_disappearance_as_loss(sermons: &mut BTreeMap<VideoId, SermonEvidence>, files: &[SurveyedFile]) {
    let mut last_seq: HashMap<i64, i64> = HashMap::new();
    let intact = files.iter().filter(|file| file.trust == Trust::DatabaseState);
    for state in intact.filter_map(|file| file.source.state) {
        let last = last_seq.entry(state.epoch).or_insert(state.seq);
        *last = state.seq.max(*last);
    }
    let disappeared =
        |sermon: &SermonEvidence| sermon.row.is_none() && sermon.last_seen.is_some_and(|seen| !seen.in_latest_state);
    let mut seen_at: HashMap<i64, Vec<i64>> = HashMap::new();
    for seen in sermons.values().filter(|sermon| disappeared(sermon)).filter_map(|sermon| sermon.last_seen) {
        seen_at.entry(seen.epoch).or_default().push(seen.seq);
    }
    // Keep the epochs in which, after some write, more sermons disappeared than there were later writes.
    seen_at.retain(|epoch, seqs| {
        seqs.sort_unstable_by(|a, b| b.cmp(a));
        let last = last_seq.get(epoch).copied().unwrap_or_default();
        seqs.iter().zip(1_i64..).any(|(seq, count)| count > last - seq)
    });
    for sermon in sermons.values_mut().filter(|sermon| disappeared(sermon)) {
        if let Some(seen) = sermon.last_seen.as_mut().filter(|seen| seen_at.contains_key(&seen.epoch)) {
            seen.in_latest_state = true;
        }
    }
}
