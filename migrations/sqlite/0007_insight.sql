-- What the dashboard and the pages of churches sum up; all of it is derived from `videos` and `mentions`, and kept current
-- by the writes. The row of `insight_state` says of which write the sums are. Negative: they have never been counted.
create table insight_state (
    id integer not null primary key check (id = 1),
    epoch integer not null,
    seq integer not null
) strict;

insert into insight_state (id, epoch, seq) values (1, 0, -1);

-- The churches that ever were, so that their addresses stay; `key` is the SHA-256 of the name.
create table churches (
    id integer not null primary key,
    key text not null,
    slug text not null,
    name text not null
) strict;

create unique index churches_by_key on churches (key);
create unique index churches_by_slug on churches (slug);

-- Where and when each sermon was preached; `day` is 20260531.
create table sermons (
    video_id text not null primary key,
    church_id integer not null,
    day integer not null,
    manna integer not null
) strict, without rowid;

create index sermons_by_day on sermons (day, manna, video_id);
create index sermons_by_church on sermons (church_id, day, manna, video_id);

-- Sums of a church (0: of all) in a bucket: a day (20260531), a month (202605), or ever (0).
create table bucket_sums (
    church_id integer not null,
    bucket integer not null,
    sermons integer not null,
    manna integer not null,
    primary key (church_id, bucket)
) strict, without rowid;

create index bucket_sums_by_bucket on bucket_sums (bucket, church_id);

create table bucket_books (
    church_id integer not null,
    bucket integer not null,
    book integer not null,
    manna integer not null,
    primary key (church_id, bucket, book)
) strict, without rowid;

-- Who cites a passage; the columns behind the first ones spare the way to the table.
create index mentions_by_place on mentions (book, class, chapter, verse, video_id, end_chapter, end_verse);
create index mentions_across_chapters on mentions (book, class, end_chapter, chapter) where end_chapter > chapter;
