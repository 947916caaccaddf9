-- The spoken words as the search knows them, of each sermon with its title and church; derived from the document and the
-- transcript with these checksums. `spoken_state` says up to which write, and of which version of the words. The words
-- themselves are in the index alone (https://sqlite.org/fts5.html#contentless_delete_tables).
create table spoken_state (
    id integer not null primary key check (id = 1),
    epoch integer not null,
    seq integer not null,
    version integer not null
) strict;

insert into spoken_state (id, epoch, seq, version) values (1, 0, -1, 0);

create table spoken (
    id integer not null primary key,
    video_id text not null,
    document_sha256 text not null,
    transcript_sha256 text
) strict;

create unique index spoken_by_video on spoken (video_id);

create virtual table spoken_words using fts5 (
    title,
    words,
    content = '',
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 0'
);
