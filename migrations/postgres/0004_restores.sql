-- Every restore, from its beginning: `staging` (nothing is changed yet), `committed`, `done` (read back as well),
-- `failed` (nothing was changed), `returned` (what was committed could not be read back; its snapshot was restored),
-- `undone`. One at a time; `place` is the data directory that it runs on, `updated_at` says that it lives.
create table restores (
    id uuid not null primary key,
    state text not null check (state in ('staging', 'committed', 'done', 'failed', 'returned', 'undone')),
    backup text not null,
    file_sha256 text not null,
    snapshot text,
    undoes uuid,
    actor text not null,
    place text not null,
    before_epoch bigint,
    before_seq bigint,
    before_count bigint,
    before_digest text,
    after_epoch bigint,
    after_seq bigint,
    after_count bigint,
    after_digest text,
    added bigint,
    changed bigint,
    removed bigint,
    note text,
    started_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index restores_one_at_a_time on restores (state) where state = 'staging';
create index restores_by_started_at on restores (started_at, id);

-- What a restore is going to put in the place of `videos`. A crash may empty it: its digest is checked before it is used.
create unlogged table restore_videos (
    restore_id uuid not null,
    video_id text collate "C" not null,
    sha256 text not null,
    document text not null,
    primary key (restore_id, video_id)
);
