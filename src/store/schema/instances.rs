//! The `instances` table on both databases.

use super::TableSchema;

pub(in crate::store) const SQLITE: &[TableSchema] = &[TableSchema {
    name: "instances",
    statements: &["create table instances (
            id blob not null primary key,
            version text not null,
            started_at text not null,
            heartbeat_at text not null
        ) strict"],
}];

pub(in crate::store) const POSTGRES: &[TableSchema] = &[TableSchema {
    name: "instances",
    statements: &["create table instances (
            id uuid not null primary key,
            version text not null,
            started_at timestamptz not null,
            heartbeat_at timestamptz not null
        )"],
}];
