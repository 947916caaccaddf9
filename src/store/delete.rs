//! Deletes a sermon. The history keeps its last version.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    AuditEntry, StoreError, StoreState, columns,
    dialect::Dialect,
    history::{Change, archive},
    read::{parse_sha256, read_current_row},
    search,
    sql::sql,
    sql_audit::insert_audit,
    sql_store::SqlStore,
    state::{next_state, write_state},
    stats,
};
use crate::domain::VideoId;

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn delete(
        &self,
        id: &VideoId,
        audit_id: Uuid,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError> {
        let mut transaction = self.begin_write().await?;
        let mut state = next_state::<D>(&mut transaction).await?;
        let Some(current) = read_current_row::<D>(&mut transaction, id).await? else {
            transaction.rollback().await?;
            return Ok(None);
        };
        let (title, channel) = sql::<D>("select title, channel from videos where video_id = $1")
            .bind(id.as_str())
            .fetch_one::<(String, String)>(&mut transaction)
            .await?;
        let change = Change { seq: state.seq, reason: "delete", actor, at: columns::db_time(at) };
        archive::<D>(&mut transaction, id, &change, true).await?;
        stats::subtract::<D>(&mut transaction, id).await?;
        search::remove::<D>(&mut transaction, id).await?;
        for statement in [
            "delete from mentions where video_id = $1",
            "delete from unmeasured_sermons where video_id = $1",
            "delete from transcripts where video_id = $1",
            "delete from videos where video_id = $1",
        ] {
            sql::<D>(statement).bind(id.as_str()).execute(&mut transaction).await?;
        }
        stats::advance::<D>(&mut transaction, &state).await?;
        search::advance::<D>(&mut transaction, &state).await?;
        state.count -= 1;
        state.digest.remove(id, &parse_sha256(&current.sha256)?);
        write_state::<D>(&mut transaction, &state).await?;
        let entry = AuditEntry {
            id: audit_id,
            at,
            actor: actor.to_owned(),
            action: "video.delete".to_owned(),
            subject: id.to_string(),
            detail: json!({ "seq": state.seq, "title": title, "channel": channel }),
        };
        insert_audit::<D>(&mut transaction, &entry).await?;
        let written = sql::<D>(
            "select replaced_by_seq
            from video_history
            where video_id = $1 and replaced_by_seq = $2 and reason = 'delete'",
        );
        self.commit(transaction, written.bind(id.as_str()).bind(state.seq)).await?;
        Ok(Some(state))
    }
}
