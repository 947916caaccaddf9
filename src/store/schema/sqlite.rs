//! The schema on SQLite.

use super::{TableSchema, sqlite_stats};

pub(in crate::store) const TABLES: &[TableSchema] = &[
    TableSchema {
        name: "store_state",
        statements: &[
            "create table store_state (
                id integer not null primary key check (id = 1),
                epoch integer not null,
                seq integer not null,
                count integer not null,
                digest text not null,
                minimum_version text not null default '0.0.0'
            ) strict",
            "insert into store_state (id, epoch, seq, count, digest)
            values (1, abs(random() % 9007199254740991), 0, 0, '0000000000000000000000000000000000000000000000000000000000000000')",
        ],
    },
    TableSchema {
        name: "videos",
        statements: &[
            "create table videos (
                video_id text not null primary key,
                sha256 text not null,
                seq integer not null,
                save_id blob not null,
                updated_at text not null,
                title text not null,
                title_key text not null,
                channel text not null,
                channel_key text not null,
                channel_url text not null,
                location text not null,
                processed_at text not null,
                published_at text,
                duration_seconds real,
                transcript_length integer not null,
                manna integer not null,
                suspect integer not null,
                engine_name text,
                engine_version text,
                search text not null,
                document text not null,
                submitted_by text,
                speaker text,
                speaker_slug text,
                series text,
                series_slug text
            ) strict",
            "create index videos_by_processed_at on videos (processed_at, video_id)",
            "create index videos_by_manna on videos (manna, video_id)",
            "create index videos_by_title on videos (title_key, video_id)",
            "create index videos_by_channel on videos (channel_key, title_key, video_id)",
            "create index videos_by_save_id on videos (save_id)",
            "create index videos_by_checksum on videos (video_id, sha256)",
            "create index videos_by_speaker on videos (speaker_slug, video_id)",
            "create index videos_by_series on videos (series_slug, video_id)",
        ],
    },
    TableSchema {
        name: "mentions",
        statements: &[
            "create table mentions (
                video_id text not null references videos (video_id) on delete cascade,
                ordinal integer not null,
                book integer not null,
                chapter integer,
                verse integer,
                end_chapter integer,
                end_verse integer,
                osis text not null,
                kind text not null,
                class text not null,
                start_seconds real,
                citations integer not null default 1,
                primary key (video_id, ordinal)
            ) strict",
            "create index mentions_by_book on mentions (book, class, video_id)",
            "create index mentions_by_passage on mentions (book, class, chapter, verse, video_id, end_chapter, end_verse)",
            "create index mentions_across_chapters on mentions (book, class, end_chapter, chapter) where end_chapter > chapter",
        ],
    },
    TableSchema {
        name: "unmeasured_sermons",
        statements: &[
            "create table unmeasured_sermons (
                video_id text not null primary key,
                language text not null
            ) strict, without rowid",
        ],
    },
    TableSchema {
        name: "transcripts",
        statements: &[
            "create table transcripts (
                video_id text not null primary key references videos (video_id),
                format text not null,
                language text,
                sha256 text not null,
                at text not null,
                body blob not null
            ) strict",
        ],
    },
    TableSchema {
        name: "video_history",
        statements: &[
            "create table video_history (
                id integer not null primary key,
                video_id text not null,
                sha256 text not null,
                seq integer not null,
                save_id blob not null,
                replaced_by_seq integer not null,
                reason text not null,
                actor text not null,
                replaced_at text not null,
                transcript_format text,
                transcript_language text,
                transcript_sha256 text,
                transcript_at text,
                transcript_body blob,
                document text not null,
                saved_at text,
                title text,
                processed_at text,
                manna integer
            ) strict",
            "create index video_history_by_video on video_history (video_id, replaced_by_seq)",
            "create index video_history_by_save_id on video_history (save_id)",
        ],
    },
    TableSchema {
        name: "jobs",
        statements: &[
            "create table jobs (
                id blob not null primary key,
                video_id text not null,
                dedupe_key text not null,
                state text not null check (state in ('queued', 'running', 'done', 'failed')),
                worker text,
                lease_until text,
                attempt integer not null,
                lost_leases integer not null,
                input blob,
                steps text not null,
                logs text not null,
                error text,
                result_url text,
                created_at text not null,
                updated_at text not null,
                title text
            ) strict",
            "create unique index jobs_active_by_dedupe_key on jobs (dedupe_key) where state in ('queued', 'running')",
            "create index jobs_by_state on jobs (state, created_at, id)",
            "create index jobs_by_created_at on jobs (created_at, id)",
            "create index jobs_by_video on jobs (video_id, updated_at)",
        ],
    },
    TableSchema {
        name: "job_owners",
        statements: &[
            "create table job_owners (
                owner text not null,
                job_id blob not null references jobs (id) on delete cascade,
                primary key (owner, job_id)
            ) strict",
            "create index job_owners_by_job on job_owners (job_id)",
        ],
    },
    TableSchema {
        name: "audit",
        statements: &[
            "create table audit (
                id blob not null primary key,
                at text not null,
                actor text not null,
                action text not null,
                subject text not null,
                detail text not null
            ) strict",
            "create index audit_by_at on audit (at, id)",
            "create index audit_by_subject on audit (subject, at)",
        ],
    },
    TableSchema {
        name: "sessions",
        statements: &[
            "create table sessions (
                id text not null primary key,
                created_at text not null,
                expires_at text not null,
                token_id blob
            ) strict",
            "create index sessions_by_expires_at on sessions (expires_at)",
        ],
    },
    TableSchema {
        name: "api_tokens",
        statements: &[
            "create table api_tokens (
                id blob not null primary key,
                name text not null,
                sha256 text not null,
                scopes text not null,
                created_at text not null,
                created_by text not null,
                last_used_at text,
                revoked_at text
            ) strict",
            "create unique index api_tokens_by_sha256 on api_tokens (sha256)",
            "create unique index api_tokens_by_name on api_tokens (name) where revoked_at is null",
        ],
    },
    TableSchema {
        name: "restores",
        statements: &[
            "create table restores (
                id blob not null primary key,
                state text not null check (state in ('staging', 'committed', 'done', 'failed', 'reverted', 'undone')),
                backup text not null,
                file_sha256 text not null,
                snapshot text,
                undoes blob,
                actor text not null,
                instance text not null,
                before_epoch integer,
                before_seq integer,
                before_count integer,
                before_digest text,
                after_epoch integer,
                after_seq integer,
                after_count integer,
                after_digest text,
                added integer,
                changed integer,
                removed integer,
                note text,
                started_at text not null,
                updated_at text not null
            ) strict",
            "create unique index restores_one_at_a_time on restores (state) where state = 'staging'",
            "create index restores_by_started_at on restores (started_at, id)",
        ],
    },
    TableSchema {
        name: "staged_videos",
        statements: &[
            "create table staged_videos (
                restore_id blob not null,
                video_id text not null,
                sha256 text not null,
                title text not null,
                title_key text not null,
                channel text not null,
                channel_key text not null,
                channel_url text not null,
                location text not null,
                processed_at text not null,
                published_at text,
                duration_seconds real,
                transcript_length integer not null,
                manna integer not null,
                suspect integer not null,
                engine_name text,
                engine_version text,
                search text not null,
                mentions text not null,
                document text not null,
                unmeasured_language text,
                speaker text,
                speaker_slug text,
                series text,
                series_slug text,
                primary key (restore_id, video_id)
            ) strict",
        ],
    },
    TableSchema {
        name: "staged_changes",
        statements: &[
            "create table staged_changes (
                restore_id blob not null,
                video_id text not null,
                primary key (restore_id, video_id)
            ) strict",
        ],
    },
    sqlite_stats::STATS_STATE,
    sqlite_stats::CHURCHES,
    sqlite_stats::SERMON_STATS,
    sqlite_stats::PERIOD_STATS,
    sqlite_stats::PERIOD_BOOK_STATS,
    sqlite_stats::PERIOD_DEUTEROCANONICAL_STATS,
    TableSchema {
        name: "search_state",
        statements: &[
            "create table search_state (
                id integer not null primary key check (id = 1),
                epoch integer not null,
                seq integer not null,
                version integer not null
            ) strict",
            "insert into search_state (id, epoch, seq, version) values (1, 0, -1, 0)",
        ],
    },
    TableSchema {
        name: "search_documents",
        statements: &[
            "create table search_documents (
                id integer not null primary key,
                video_id text not null,
                document_sha256 text not null,
                transcript_sha256 text,
                source text
            ) strict",
            "create unique index search_documents_by_video on search_documents (video_id)",
        ],
    },
    TableSchema {
        name: "search_index",
        statements: &[
            "create virtual table search_index using fts5 (
                title,
                words,
                content = '',
                contentless_delete = 1,
                tokenize = 'unicode61 remove_diacritics 0'
            )",
        ],
    },
    TableSchema {
        name: "maintenance",
        statements: &[
            "create table maintenance (
                task text not null primary key,
                due_at text not null,
                holder text,
                lease_until text,
                started_at text,
                finished_at text,
                outcome text check (outcome in ('ok', 'failed')),
                message text,
                ok_at text
            ) strict",
        ],
    },
    TableSchema {
        name: "orphan_transcripts",
        statements: &[
            "create table orphan_transcripts (
                id integer not null primary key,
                video_id text not null,
                format text not null,
                language text,
                sha256 text not null,
                at text not null,
                body blob not null,
                orphaned_at text not null
            ) strict",
        ],
    },
    TableSchema {
        name: "adoptions",
        statements: &[
            "create table adoptions (
                source text not null primary key,
                state text not null check (state in ('running', 'done')),
                holder text,
                lease_until text,
                sermons integer not null,
                unreadable integer not null,
                problems text not null,
                started_at text not null,
                finished_at text
            ) strict",
        ],
    },
];
