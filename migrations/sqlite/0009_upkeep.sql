-- What is done by itself, and by whom just now: a task is run by the instance that holds its lease, which a dead one
-- loses. `due_at` is when it is done next; the rest tells how it went last.
create table upkeep (
    task text not null primary key,
    due_at text not null,
    holder text,
    lease_until text,
    started_at text,
    finished_at text,
    outcome text check (outcome in ('ok', 'failed')),
    words text,
    ok_at text
) strict;

-- Transcripts whose sermon is nowhere any more, kept when a restore or a recovery would have removed them.
create table orphan_transcripts (
    id integer not null primary key,
    video_id text not null,
    format text not null,
    language text,
    sha256 text not null,
    at text not null,
    body blob not null,
    orphaned_at text not null
) strict;

-- Lets all checksums be read without reading through the documents.
create index videos_by_checksum on videos (video_id, sha256);
