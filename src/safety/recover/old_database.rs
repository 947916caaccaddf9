//! Copies the database of the previous system to a temporary file, so that it is surveyed like any other source.

use std::{collections::HashSet, io, path::PathBuf};

use async_trait::async_trait;

use super::RecoverError;
use crate::{
    domain::{Document, Sha256, VideoId},
    safety::{
        DataDir,
        document_channel::{DocumentSender, write_documents},
        durable::NewFile,
        format::{CollectionWriter, MAX_DOCUMENT_BYTES},
        plural::count,
    },
    store::{LegacyContents, LegacyDatabase, LegacyRow, LegacySink, SnapshotError},
};

/// Maximum number of rows to name in a message.
const NAMED_ROWS: usize = 5;

/// The temporary copy. Dropping it deletes the file.
#[derive(Debug)]
pub(super) struct CopiedDatabase {
    /// Location of the database.
    pub(super) name: String,
    /// Why some rows could not be read.
    pub(super) problem: Option<String>,
    file: NewFile,
}

impl CopiedDatabase {
    pub(super) fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }
}

/// Copies the readable rows of an old database, or returns `None` if it has none. Never writes to the database.
pub(super) async fn copy(
    database: &LegacyDatabase,
    data_dir: &DataDir,
) -> Result<Option<CopiedDatabase>, RecoverError> {
    let problem = match database.inspect().await {
        Ok(LegacyContents::Nothing) => return Ok(None),
        Ok(LegacyContents::Sermons(_)) => None,
        Ok(LegacyContents::OtherTable(reason)) => Some(reason),
        Err(error) => Some(error.to_string()),
    };
    let file = NewFile::create_in(data_dir.root())?;
    let (documents, writing) = write_documents(move |documents| {
        // The writer produces both formats, but only one is needed.
        let mut writer = CollectionWriter::new(io::sink(), io::BufWriter::new(file));
        for (id, document, sha256) in documents {
            writer.document(&id, &document, &sha256)?;
        }
        writer.finish()?.b64.into_inner().map_err(io::IntoInnerError::into_error)
    });
    let mut rows = Rows { documents, ids: HashSet::new(), problems: Vec::new(), unreadable: 0 };
    let mut problem = problem;
    if problem.is_none()
        && let Err(error) = database.read(&mut rows).await
    {
        match error {
            SnapshotError::Sink(error) => return Err(error.into()),
            SnapshotError::Store(error) => problem = Some(format!("could not read all rows: {error}")),
        }
    }
    let Rows { documents, problems, unreadable, .. } = rows;
    drop(documents);
    let file = writing.await?;
    if unreadable > 0 {
        let more = if unreadable > NAMED_ROWS { "; and more" } else { "" };
        let rows = count(unreadable, "row");
        problem = problem.or(Some(format!("{rows} could not be read: {}{more}", problems.join("; "))));
    }
    Ok(Some(CopiedDatabase { name: database.name().to_owned(), problem, file }))
}

/// Receives the rows.
struct Rows {
    documents: DocumentSender,
    ids: HashSet<VideoId>,
    problems: Vec<String>,
    unreadable: usize,
}

impl Rows {
    /// Converts a row to a document that can be part of a collection.
    fn document(&mut self, row: LegacyRow) -> Result<(VideoId, String), String> {
        let document =
            Document::from_old_table(row.columns?).map_err(|error| error.to_string())?.with_references_from_contexts();
        let text = document.to_json();
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(format!("the document has {} bytes", text.len()));
        }
        if !self.ids.insert(document.video_id.clone()) {
            return Err("another row has the same video_id".to_owned());
        }
        Ok((document.video_id, text))
    }
}

#[async_trait]
impl LegacySink for Rows {
    async fn row(&mut self, row: LegacyRow) -> io::Result<()> {
        let name = row.name.clone();
        match self.document(row) {
            Ok((id, text)) => {
                let sha256 = Sha256::digest(text.as_bytes());
                self.documents.send(id, text, sha256).await
            }
            Err(problem) => {
                self.unreadable += 1;
                if self.problems.len() < NAMED_ROWS {
                    self.problems.push(format!("{name}: {problem}"));
                }
                Ok(())
            }
        }
    }
}
