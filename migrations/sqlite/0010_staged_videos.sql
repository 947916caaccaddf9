-- What a restore is going to put in the place of `videos`: complete rows, made while nobody waits, so that the
-- transaction in which all writers wait only moves them. `mentions` is JSON: for each an array of what stands in its
-- row behind the ordinal. Takes the place of `restore_videos`, which stays for the release before this one.
create table staged_videos (
    restore_id blob not null,
    video_id text not null,
    sha256 text not null,
    title text not null,
    title_key text not null,
    channel text not null,
    channel_key text not null,
    channel_url text not null,
    location text not null,
    processed_at text not null,
    published_at text,
    duration_seconds real,
    transcript_length integer not null,
    manna integer not null,
    suspect integer not null,
    engine_name text,
    engine_version text,
    search text not null,
    mentions text not null,
    document text not null,
    primary key (restore_id, video_id)
) strict;

-- Which of them are not there already.
create table staged_changes (
    restore_id blob not null,
    video_id text not null,
    primary key (restore_id, video_id)
) strict;
