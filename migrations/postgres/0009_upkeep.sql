-- What is done by itself, and by whom just now: a task is run by the instance that holds its lease, which a dead one
-- loses. `due_at` is when it is done next; the rest tells how it went last.
create table upkeep (
    task text collate "C" not null primary key,
    due_at timestamptz not null,
    holder text,
    lease_until timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    outcome text check (outcome in ('ok', 'failed')),
    words text,
    ok_at timestamptz
);

-- Transcripts whose sermon is nowhere any more, kept when a restore or a recovery would have removed them.
create table orphan_transcripts (
    id bigint not null generated always as identity primary key,
    video_id text collate "C" not null,
    format text not null,
    language text,
    sha256 text not null,
    at timestamptz not null,
    body bytea not null,
    orphaned_at timestamptz not null
);

-- Lets all checksums be read without reading through the documents.
create index videos_by_checksum on videos (video_id, sha256);
