-- Confirmed references to deuterocanonical books. They are summed apart from the others, and for each book, so that the
-- canon decides what is part of the manna only when sums are read. Releases before this one ignore these tables and columns:
-- the mentions have the class 'deuterocanonical', which they do not know.

-- Sums of a church (0: of all churches) for a day (20260531), a month (202605) or all time (0).
create table period_deuterocanonical_stats (
    church_id bigint not null,
    period integer not null,
    book smallint not null,
    manna bigint not null,
    primary key (church_id, period, book)
);

create index period_deuterocanonical_stats_by_period on period_deuterocanonical_stats (period, church_id);

-- References in each sermon to all deuterocanonical books, to those of the Catholic canon, and to those of the Orthodox canon.
alter table sermon_stats add column deuterocanonical bigint not null default 0;
alter table sermon_stats add column catholic bigint not null default 0;
alter table sermon_stats add column orthodox bigint not null default 0;

create index sermon_stats_by_catholic_manna on sermon_stats ((manna + catholic), video_id);
create index sermon_stats_by_orthodox_manna on sermon_stats ((manna + orthodox), video_id);

-- The last write whose mentions were derived by the rules of `mentions_version`. It falls behind `seq` when an older release
-- writes.
alter table stats_state add column mentions_seq bigint not null default -1;

update stats_state set mentions_seq = 0 where (select s.seq from store_state s) = 0;
