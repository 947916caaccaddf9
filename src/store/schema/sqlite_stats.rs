//! The statistics tables on SQLite.

use super::TableSchema;

pub(super) const STATS_STATE: TableSchema = TableSchema {
    name: "stats_state",
    statements: &[
        "create table stats_state (
            id integer not null primary key check (id = 1),
            epoch integer not null,
            seq integer not null,
            mentions_version integer not null default 0,
            mentions_seq integer not null default -1
        ) strict",
        "insert into stats_state (id, epoch, seq) values (1, 0, -1)",
    ],
};

pub(super) const CHURCHES: TableSchema = TableSchema {
    name: "churches",
    statements: &[
        "create table churches (
            id integer not null primary key,
            key text not null,
            slug text not null,
            name text not null
        ) strict",
        "create unique index churches_by_key on churches (key)",
        "create unique index churches_by_slug on churches (slug)",
    ],
};

pub(super) const SERMON_STATS: TableSchema = TableSchema {
    name: "sermon_stats",
    statements: &[
        "create table sermon_stats (
            video_id text not null primary key,
            church_id integer not null,
            day integer not null,
            manna integer not null,
            deuterocanonical integer not null default 0,
            catholic integer not null default 0,
            orthodox integer not null default 0
        ) strict, without rowid",
        "create index sermon_stats_by_day on sermon_stats (day, manna, video_id)",
        "create index sermon_stats_by_church on sermon_stats (church_id, day, manna, video_id)",
        "create index sermon_stats_by_catholic_manna on sermon_stats ((manna + catholic), video_id)",
        "create index sermon_stats_by_orthodox_manna on sermon_stats ((manna + orthodox), video_id)",
    ],
};

pub(super) const PERIOD_STATS: TableSchema = TableSchema {
    name: "period_stats",
    statements: &[
        "create table period_stats (
            church_id integer not null,
            period integer not null,
            sermons integer not null,
            manna integer not null,
            primary key (church_id, period)
        ) strict, without rowid",
        "create index period_stats_by_period on period_stats (period, church_id)",
    ],
};

pub(super) const PERIOD_BOOK_STATS: TableSchema = TableSchema {
    name: "period_book_stats",
    statements: &["create table period_book_stats (
            church_id integer not null,
            period integer not null,
            book integer not null,
            manna integer not null,
            primary key (church_id, period, book)
        ) strict, without rowid"],
};

pub(super) const PERIOD_DEUTEROCANONICAL_STATS: TableSchema = TableSchema {
    name: "period_deuterocanonical_stats",
    statements: &[
        "create table period_deuterocanonical_stats (
            church_id integer not null,
            period integer not null,
            book integer not null,
            manna integer not null,
            primary key (church_id, period, book)
        ) strict, without rowid",
        "create index period_deuterocanonical_stats_by_period on period_deuterocanonical_stats (period, church_id)",
    ],
};
