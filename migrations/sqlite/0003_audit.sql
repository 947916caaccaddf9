-- Who did what that changes or shows protected things; `detail` is JSON.
create table audit (
    id blob not null primary key,
    at text not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null
) strict;

create index audit_by_at on audit (at, id);
