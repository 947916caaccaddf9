-- The durable queue. `input` is gzipped JSON, forgotten when the job ends.
create table jobs (
    id uuid not null primary key,
    video_id text collate "C" not null,
    dedupe_key text not null,
    state text not null check (state in ('queued', 'running', 'done', 'failed')),
    worker text,
    lease_until timestamptz,
    attempt integer not null,
    lost_leases integer not null,
    input bytea,
    steps text not null,
    logs text not null,
    error text,
    result_url text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index jobs_active_by_dedupe_key on jobs (dedupe_key) where state in ('queued', 'running');
create index jobs_by_state on jobs (state, created_at, id);
create index jobs_by_created_at on jobs (created_at, id);
