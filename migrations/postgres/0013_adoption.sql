-- The adoption of old databases: one row for each, written when it starts. `problems` is a JSON array.
create table adoptions (
    source text collate "C" not null primary key,
    state text not null check (state in ('running', 'done')),
    holder text,
    lease_until timestamptz,
    sermons bigint not null,
    unreadable bigint not null,
    problems text not null,
    started_at timestamptz not null,
    finished_at timestamptz
);
