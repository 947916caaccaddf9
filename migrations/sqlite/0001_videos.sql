-- The one row that orders all writes: each takes it first, so `seq` has the order of commits and no gaps.
-- The epoch is random, so that positions of two databases are never compared.
create table store_state (
    id integer not null primary key check (id = 1),
    epoch integer not null,
    seq integer not null,
    count integer not null,
    digest text not null
) strict;

insert into store_state (id, epoch, seq, count, digest)
values (1, abs(random() % 9007199254740991), 0, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- `document` is the truth; the columns between are derived from it for lists. It stands last, so that lists do not
-- read through it.
create table videos (
    video_id text not null primary key,
    sha256 text not null,
    seq integer not null,
    save_id blob not null,
    updated_at text not null,
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
    document text not null
) strict;

create index videos_by_processed_at on videos (processed_at, video_id);
create index videos_by_manna on videos (manna, video_id);
create index videos_by_title on videos (title_key, video_id);
create index videos_by_channel on videos (channel_key, title_key, video_id);
create index videos_by_save_id on videos (save_id);

-- Derived from the documents; can be rebuilt.
create table mentions (
    video_id text not null references videos (video_id) on delete cascade,
    ordinal integer not null,
    book integer not null,
    chapter integer,
    verse integer,
    end_chapter integer,
    end_verse integer,
    osis text not null,
    kind text not null,
    class text not null,
    start_seconds real,
    primary key (video_id, ordinal)
) strict;

create index mentions_by_book on mentions (book, class, video_id);

create table transcripts (
    video_id text not null primary key references videos (video_id),
    format text not null,
    language text,
    sha256 text not null,
    at text not null,
    body blob not null
) strict;

-- Every version that was replaced, deleted or superseded; its transcript too, if that was replaced or deleted.
create table video_history (
    id integer not null primary key,
    video_id text not null,
    sha256 text not null,
    seq integer not null,
    save_id blob not null,
    replaced_by_seq integer not null,
    reason text not null,
    actor text not null,
    replaced_at text not null,
    transcript_format text,
    transcript_language text,
    transcript_sha256 text,
    transcript_at text,
    transcript_body blob,
    document text not null
) strict;

create index video_history_by_video on video_history (video_id, replaced_by_seq);
create index video_history_by_save_id on video_history (save_id);
