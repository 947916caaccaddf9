-- Renames tables and columns whose names needed an explanation, and drops tables that nothing reads any more.
-- SQLite cannot rename an index: those are dropped and created again.

drop table totals;
drop table book_totals;
drop table restore_videos;

-- The search index.
alter table spoken rename to search_documents;
drop index spoken_by_video;
create unique index search_documents_by_video on search_documents (video_id);
alter table spoken_words rename to search_index;
alter table spoken_state rename to search_state;

-- Statistics. `period` is a day (20260531), a month (202605) or all time (0).
alter table insight_state rename to stats_state;

alter table sermons rename to sermon_stats;
drop index sermons_by_day;
drop index sermons_by_church;
create index sermon_stats_by_day on sermon_stats (day, manna, video_id);
create index sermon_stats_by_church on sermon_stats (church_id, day, manna, video_id);

alter table bucket_sums rename to period_stats;
alter table period_stats rename column bucket to period;
drop index bucket_sums_by_bucket;
create index period_stats_by_period on period_stats (period, church_id);

alter table bucket_books rename to period_book_stats;
alter table period_book_stats rename column bucket to period;

drop index mentions_by_place;
create index mentions_by_passage on mentions (book, class, chapter, verse, video_id, end_chapter, end_verse);

-- Background maintenance.
alter table upkeep rename to maintenance;
alter table maintenance rename column words to message;

-- Restores: the column `place` becomes `instance`, the state `returned` becomes `reverted`.
create table new_restores (
    id blob not null primary key,
    state text not null check (state in ('staging', 'committed', 'done', 'failed', 'reverted', 'undone')),
    backup text not null,
    file_sha256 text not null,
    snapshot text,
    undoes blob,
    actor text not null,
    instance text not null,
    before_epoch integer,
    before_seq integer,
    before_count integer,
    before_digest text,
    after_epoch integer,
    after_seq integer,
    after_count integer,
    after_digest text,
    added integer,
    changed integer,
    removed integer,
    note text,
    started_at text not null,
    updated_at text not null
) strict;

insert into new_restores
select id, case state when 'returned' then 'reverted' else state end, backup, file_sha256, snapshot, undoes, actor, place,
    before_epoch, before_seq, before_count, before_digest, after_epoch, after_seq, after_count, after_digest, added,
    changed, removed, note, started_at, updated_at
from restores;

drop table restores;
alter table new_restores rename to restores;
create unique index restores_one_at_a_time on restores (state) where state = 'staging';
create index restores_by_started_at on restores (started_at, id);

-- Stored values. Inside a JSON string a quotation mark is escaped, so these match keys and whole values alone.
update audit set action = 'database.repair' where action = 'database.mend';
update audit set action = 'video.restore_version' where action = 'video.bring_back';
update audit set detail = replace(detail, '"words":', '"message":');
