-- Who preached, and the series that the sermon belongs to. Names with the same slug are the same person or series.
alter table videos add column speaker text;
alter table videos add column speaker_slug text;
alter table videos add column series text;
alter table videos add column series_slug text;

create index videos_by_speaker on videos (speaker_slug, video_id);
create index videos_by_series on videos (series_slug, video_id);

alter table staged_videos add column speaker text;
alter table staged_videos add column speaker_slug text;
alter table staged_videos add column series text;
alter table staged_videos add column series_slug text;
