-- The spoken words as the search knows them, of each sermon with its title and church; derived from the document and the
-- transcript with these checksums. `spoken_state` says up to which write, and of which version of the words.
create table spoken_state (
    id smallint not null primary key check (id = 1),
    epoch bigint not null,
    seq bigint not null,
    version integer not null
);

insert into spoken_state (id, epoch, seq, version) values (1, 0, -1, 0);

create table spoken (
    id bigint not null generated always as identity primary key,
    video_id text collate "C" not null,
    document_sha256 text not null,
    transcript_sha256 text
);

create unique index spoken_by_video on spoken (video_id);

create table spoken_words (
    id bigint not null primary key,
    words tsvector not null
);

create index spoken_words_by_word on spoken_words using gin (words);
