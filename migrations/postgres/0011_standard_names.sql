-- Renames tables and columns whose names needed an explanation, and drops tables that nothing reads any more.

drop table totals;
drop table book_totals;
drop table restore_videos;

-- The search index.
alter table spoken rename to search_documents;
alter index spoken_pkey rename to search_documents_pkey;
alter index spoken_by_video rename to search_documents_by_video;
alter sequence spoken_id_seq rename to search_documents_id_seq;
alter table spoken_words rename to search_index;
alter index spoken_words_pkey rename to search_index_pkey;
alter index spoken_words_by_word rename to search_index_by_word;
alter table spoken_state rename to search_state;
alter index spoken_state_pkey rename to search_state_pkey;
alter table search_state rename constraint spoken_state_id_check to search_state_id_check;

-- Statistics. `period` is a day (20260531), a month (202605) or all time (0).
alter table insight_state rename to stats_state;
alter index insight_state_pkey rename to stats_state_pkey;
alter table stats_state rename constraint insight_state_id_check to stats_state_id_check;

alter table sermons rename to sermon_stats;
alter index sermons_pkey rename to sermon_stats_pkey;
alter index sermons_by_day rename to sermon_stats_by_day;
alter index sermons_by_church rename to sermon_stats_by_church;

alter table bucket_sums rename to period_stats;
alter table period_stats rename column bucket to period;
alter index bucket_sums_pkey rename to period_stats_pkey;
alter index bucket_sums_by_bucket rename to period_stats_by_period;

alter table bucket_books rename to period_book_stats;
alter table period_book_stats rename column bucket to period;
alter index bucket_books_pkey rename to period_book_stats_pkey;

alter index mentions_by_place rename to mentions_by_passage;

-- Background maintenance.
alter table upkeep rename to maintenance;
alter table maintenance rename column words to message;
alter index upkeep_pkey rename to maintenance_pkey;
alter table maintenance rename constraint upkeep_outcome_check to maintenance_outcome_check;

-- Restores: the column `place` becomes `instance`, the state `returned` becomes `reverted`.
alter table restores rename column place to instance;
alter table restores drop constraint restores_state_check;
update restores set state = 'reverted' where state = 'returned';
alter table restores add constraint restores_state_check
    check (state in ('staging', 'committed', 'done', 'failed', 'reverted', 'undone'));

-- Stored values. Inside a JSON string a quotation mark is escaped, so these match keys and whole values alone.
update audit set action = 'database.repair' where action = 'database.mend';
update audit set action = 'video.restore_version' where action = 'video.bring_back';
update audit set detail = replace(detail, '"words":', '"message":');
