-- When a version of the history was saved, so that "as of" any moment can be told; null in rows from before this.
alter table video_history add column saved_at text;
