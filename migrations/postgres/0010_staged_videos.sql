-- What a restore is going to put in the place of `videos`: complete rows, made while nobody waits, so that the
-- transaction in which all writers wait only moves them. `mentions` is JSON: for each an array of what stands in its
-- row behind the ordinal. Takes the place of `restore_videos`, which stays for the release before this one.
-- A crash may empty it: its digest is checked before it is used.
create unlogged table staged_videos (
    restore_id uuid not null,
    video_id text collate "C" not null,
    sha256 text not null,
    title text not null,
    title_key text collate "C" not null,
    channel text not null,
    channel_key text collate "C" not null,
    channel_url text not null,
    location text not null,
    processed_at timestamptz not null,
    published_at text,
    duration_seconds double precision,
    transcript_length bigint not null,
    manna bigint not null,
    suspect bigint not null,
    engine_name text,
    engine_version text,
    search text not null,
    mentions text not null,
    document text not null,
    primary key (restore_id, video_id)
);

-- Which of them are not there already.
create unlogged table staged_changes (
    restore_id uuid not null,
    video_id text collate "C" not null,
    primary key (restore_id, video_id)
);
