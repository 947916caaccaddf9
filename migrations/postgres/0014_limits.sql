-- The `source` of each document, so that lists need not read whole documents. An empty text means that it has none; null,
-- that an older release wrote the row. The search index is brought up to date in the background, which fills it.
alter table search_documents add column source text;
update search_documents set document_sha256 = '';
update search_state set seq = -1;

-- Numbers beyond the limits of a document. Sums of them would overflow. The documents stay as they are.
update videos set manna = 1000000 where manna > 1000000;
update videos set suspect = 1000000 where suspect > 1000000;
update videos set duration_seconds = 172800 where duration_seconds > 172800;
update sermon_stats set manna = 1000000 where manna > 1000000;
update stats_state set seq = -1;

-- What the list of old versions shows. Null in rows of an older release, whose documents are read one at a time.
alter table video_history add column title text;
alter table video_history add column processed_at timestamptz;
alter table video_history add column manna bigint;
