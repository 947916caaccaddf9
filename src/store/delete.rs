//! Deleting a video; its last version stays in the history.

use chrono::{DateTime, Utc};

use super::{
    StoreError, StoreState, columns,
    history::{Change, archive},
    stats::update as stats_update,
    read::{checksum, find},
    search::update as search_index,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::{put_state, take_state},
    totals,
};
use crate::domain::VideoId;

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn delete(
        &self,
        id: &VideoId,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError> {
        let mut transaction = self.begin_write().await?;
        let mut state = take_state::<D>(&mut transaction).await?;
        let Some(found) = find::<D>(&mut transaction, id).await? else {
            transaction.rollback().await?;
            return Ok(None);
        };
        let change = Change { seq: state.seq, reason: "delete", actor, at: columns::time(at) };
        archive::<D>(&mut transaction, id, &change, true).await?;
        totals::take_out::<D>(&mut transaction, id).await?;
        stats_update::take_out::<D>(&mut transaction, id).await?;
        search_index::forget::<D>(&mut transaction, id).await?;
        for statement in [
            "delete from mentions where video_id = $1",
            "delete from transcripts where video_id = $1",
            "delete from videos where video_id = $1",
        ] {
            sql::<D>(statement).bind(id.as_str()).execute(&mut transaction).await?;
        }
        totals::move_on::<D>(&mut transaction, &state).await?;
        stats_update::move_on::<D>(&mut transaction, &state).await?;
        search_index::move_on::<D>(&mut transaction, &state).await?;
        state.count -= 1;
        state.digest.remove(id, &checksum(&found.sha256)?);
        put_state::<D>(&mut transaction, &state).await?;
        let kept = sql::<D>(
            "select replaced_by_seq
            from video_history
            where video_id = $1 and replaced_by_seq = $2 and reason = 'delete'",
        );
        self.commit(transaction, kept.bind(id.as_str()).bind(state.seq)).await?;
        Ok(Some(state))
    }
}
