-- The adoption of old databases: one row for each, written when it starts. `problems` is a JSON array.
create table adoptions (
    source text not null primary key,
    state text not null check (state in ('running', 'done')),
    holder text,
    lease_until text,
    sermons integer not null,
    unreadable integer not null,
    problems text not null,
    started_at text not null,
    finished_at text
) strict;
