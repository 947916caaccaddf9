//! Inserts copied sermons, with the columns and rows derived from their documents.

use super::tables::SermonRow;
use crate::{
    domain::Document,
    store::{
        StoreError,
        columns::{self, DERIVED_COLUMNS, VideoColumns},
        dialect::Dialect,
        mentions::{write_mentions, write_unmeasured},
        sql::sql,
    },
};

pub(super) async fn insert_sermons<D: Dialect>(
    connection: &mut D::Connection,
    rows: &[SermonRow],
) -> Result<(), StoreError> {
    let mut statement = sql::<D>("insert into videos (video_id, sha256, seq, save_id, updated_at, ");
    statement.push(DERIVED_COLUMNS).push(", document, submitted_by) values ");
    let mut documents = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let document: Document = serde_json::from_str(&row.document)
            .map_err(|error| StoreError::Corrupt(format!("the document of {}: {error}", row.video_id)))?;
        statement.push(if index == 0 { "(" } else { ", (" }).push_bind(row.video_id.as_str());
        statement.push(", ").push_bind(row.sha256.as_str());
        statement.push(", ").push_bind(row.seq);
        statement.push(", ").push_bind(row.save_id);
        statement.push(", ").push_bind(row.updated_at);
        VideoColumns::new(&document).push_to(&mut statement);
        statement.push(", ").push_bind(row.document.as_str());
        statement.push(", ").push_bind(row.submitted_by.clone()).push(")");
        documents.push(document);
    }
    statement.execute(connection).await?;
    for document in &documents {
        let id = &document.video_id;
        write_mentions::<D>(connection, id, &columns::mentions(document)).await?;
        write_unmeasured::<D>(connection, id, document.unmeasured_language()).await?;
    }
    Ok(())
}
