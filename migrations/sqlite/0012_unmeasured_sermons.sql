-- Sermons that are not in English. They are analyzed, but they are in no sum; derived from the documents.
create table unmeasured_sermons (
    video_id text not null primary key,
    language text not null
) strict, without rowid;

alter table staged_videos add column unmeasured_language text;
