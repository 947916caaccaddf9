-- Logins of the admin; `id` is the SHA-256 of the secret in the cookie. A row that is deleted ends the login.
create table sessions (
    id text not null primary key,
    created_at text not null,
    expires_at text not null
) strict;

create index sessions_by_expires_at on sessions (expires_at);

-- `admin` or `public`; null if it is not known who submitted the current version.
alter table videos add column submitted_by text;

create index audit_by_subject on audit (subject, at);

create index jobs_by_video on jobs (video_id, updated_at);
