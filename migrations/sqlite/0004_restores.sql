-- Every restore, from its beginning: `staging` (nothing is changed yet), `committed`, `done` (read back as well),
-- `failed` (nothing was changed), `returned` (what was committed could not be read back; its snapshot was restored),
-- `undone`. One at a time; `place` is the data directory that it runs on, `updated_at` says that it lives.
create table restores (
    id blob not null primary key,
    state text not null check (state in ('staging', 'committed', 'done', 'failed', 'returned', 'undone')),
    backup text not null,
    file_sha256 text not null,
    snapshot text,
    undoes blob,
    actor text not null,
    place text not null,
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

create unique index restores_one_at_a_time on restores (state) where state = 'staging';
create index restores_by_started_at on restores (started_at, id);

-- What a restore is going to put in the place of `videos`.
create table restore_videos (
    restore_id blob not null,
    video_id text not null,
    sha256 text not null,
    document text not null,
    primary key (restore_id, video_id)
) strict;
