//! The statistics tables on PostgreSQL.

use super::TableSchema;

pub(super) const STATS_STATE: TableSchema = TableSchema {
    name: "stats_state",
    statements: &[
        "create table stats_state (
            id smallint not null primary key check (id = 1),
            epoch bigint not null,
            seq bigint not null,
            mentions_version integer not null default 0,
            mentions_seq bigint not null default -1
        )",
        "insert into stats_state (id, epoch, seq) values (1, 0, -1)",
    ],
};

pub(super) const CHURCHES: TableSchema = TableSchema {
    name: "churches",
    statements: &[
        r#"create table churches (
            id bigint not null generated always as identity primary key,
            key text collate "C" not null,
            slug text collate "C" not null,
            name text not null
        )"#,
        "create unique index churches_by_key on churches (key)",
        "create unique index churches_by_slug on churches (slug)",
    ],
};

pub(super) const SERMON_STATS: TableSchema = TableSchema {
    name: "sermon_stats",
    statements: &[
        r#"create table sermon_stats (
            video_id text collate "C" not null primary key,
            church_id bigint not null,
            day integer not null,
            manna bigint not null,
            deuterocanonical bigint not null default 0,
            catholic bigint not null default 0,
            orthodox bigint not null default 0
        )"#,
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
            church_id bigint not null,
            period integer not null,
            sermons bigint not null,
            manna bigint not null,
            primary key (church_id, period)
        )",
        "create index period_stats_by_period on period_stats (period, church_id)",
    ],
};

pub(super) const PERIOD_BOOK_STATS: TableSchema = TableSchema {
    name: "period_book_stats",
    statements: &["create table period_book_stats (
            church_id bigint not null,
            period integer not null,
            book smallint not null,
            manna bigint not null,
            primary key (church_id, period, book)
        )"],
};

pub(super) const PERIOD_DEUTEROCANONICAL_STATS: TableSchema = TableSchema {
    name: "period_deuterocanonical_stats",
    statements: &[
        "create table period_deuterocanonical_stats (
            church_id bigint not null,
            period integer not null,
            book smallint not null,
            manna bigint not null,
            primary key (church_id, period, book)
        )",
        "create index period_deuterocanonical_stats_by_period on period_deuterocanonical_stats (period, church_id)",
    ],
};
