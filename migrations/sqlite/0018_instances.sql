-- The running instances. Those whose heartbeat is old are dead.
create table instances (
    id blob not null primary key,
    version text not null,
    started_at text not null,
    heartbeat_at text not null
) strict;

-- Instances older than this version may read, but not write.
alter table store_state add column minimum_version text not null default '0.0.0';
