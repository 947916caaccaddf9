//! The schema on PostgreSQL. IDs and sort keys use the `C` collation, which compares bytes, like SQLite.

use super::{TableSchema, postgres_stats};

pub(in crate::store) const TABLES: &[TableSchema] = &[
    TableSchema {
        name: "store_state",
        statements: &[
            "create table store_state (
                id smallint not null primary key check (id = 1),
                epoch bigint not null,
                seq bigint not null,
                count bigint not null,
                digest text not null,
                minimum_version text not null default '0.0.0'
            )",
            "insert into store_state (id, epoch, seq, count, digest)
            values (1, (random() * 9007199254740991)::bigint, 0, 0, '0000000000000000000000000000000000000000000000000000000000000000')",
        ],
    },
    TableSchema {
        name: "videos",
        statements: &[
            r#"create table videos (
                video_id text collate "C" not null primary key,
                sha256 text not null,
                seq bigint not null,
                save_id uuid not null,
                updated_at timestamptz not null,
                title text not null,
                title_key text collate "C" not null,
                channel text not null,
                channel_key text collate "C" not null,
                channel_url text not null,
                location text not null,
                processed_at timestamptz not null,
                published_at text,
                duration_seconds double precision,
                transcript_length bigint not null,
                manna bigint not null,
                suspect bigint not null,
                engine_name text,
                engine_version text,
                search text not null,
                document text not null,
                submitted_by text,
                speaker text,
                speaker_slug text,
                series text,
                series_slug text
            )"#,
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
            r#"create table mentions (
                video_id text collate "C" not null references videos (video_id) on delete cascade,
                ordinal integer not null,
                book smallint not null,
                chapter integer,
                verse integer,
                end_chapter integer,
                end_verse integer,
                osis text not null,
                kind text not null,
                class text not null,
                start_seconds double precision,
                citations bigint not null default 1,
                primary key (video_id, ordinal)
            )"#,
            "create index mentions_by_book on mentions (book, class, video_id)",
            "create index mentions_by_passage on mentions (book, class, chapter, verse, video_id, end_chapter, end_verse)",
            "create index mentions_across_chapters on mentions (book, class, end_chapter, chapter) where end_chapter > chapter",
        ],
    },
    TableSchema {
        name: "unmeasured_sermons",
        statements: &[
            r#"create table unmeasured_sermons (
                video_id text collate "C" not null primary key,
                language text not null
            )"#,
        ],
    },
    TableSchema {
        name: "transcripts",
        statements: &[
            r#"create table transcripts (
                video_id text collate "C" not null primary key references videos (video_id),
                format text not null,
                language text,
                sha256 text not null,
                at timestamptz not null,
                body bytea not null
            )"#,
        ],
    },
    TableSchema {
        name: "video_history",
        statements: &[
            r#"create table video_history (
                id bigint not null generated always as identity primary key,
                video_id text collate "C" not null,
                sha256 text not null,
                seq bigint not null,
                save_id uuid not null,
                replaced_by_seq bigint not null,
                reason text not null,
                actor text not null,
                replaced_at timestamptz not null,
                transcript_format text,
                transcript_language text,
                transcript_sha256 text,
                transcript_at timestamptz,
                transcript_body bytea,
                document text not null,
                saved_at timestamptz,
                title text,
                processed_at timestamptz,
                manna bigint
            )"#,
            "create index video_history_by_video on video_history (video_id, replaced_by_seq)",
            "create index video_history_by_save_id on video_history (save_id)",
        ],
    },
    TableSchema {
        name: "jobs",
        statements: &[
            r#"create table jobs (
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
                updated_at timestamptz not null,
                title text
            )"#,
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
                job_id uuid not null references jobs (id) on delete cascade,
                primary key (owner, job_id)
            )",
            "create index job_owners_by_job on job_owners (job_id)",
        ],
    },
    TableSchema {
        name: "audit",
        statements: &[
            "create table audit (
                id uuid not null primary key,
                at timestamptz not null,
                actor text not null,
                action text not null,
                subject text not null,
                detail text not null
            )",
            "create index audit_by_at on audit (at, id)",
            "create index audit_by_subject on audit (subject, at)",
        ],
    },
    TableSchema {
        name: "sessions",
        statements: &[
            "create table sessions (
                id text not null primary key,
                created_at timestamptz not null,
                expires_at timestamptz not null,
                token_id uuid
            )",
            "create index sessions_by_expires_at on sessions (expires_at)",
        ],
    },
    TableSchema {
        name: "api_tokens",
        statements: &[
            "create table api_tokens (
                id uuid not null primary key,
                name text not null,
                sha256 text not null,
                scopes text not null,
                created_at timestamptz not null,
                created_by text not null,
                last_used_at timestamptz,
                revoked_at timestamptz
            )",
            "create unique index api_tokens_by_sha256 on api_tokens (sha256)",
            "create unique index api_tokens_by_name on api_tokens (name) where revoked_at is null",
        ],
    },
    TableSchema {
        name: "restores",
        statements: &[
            "create table restores (
                id uuid not null primary key,
                state text not null check (state in ('staging', 'committed', 'done', 'failed', 'reverted', 'undone')),
                backup text not null,
                file_sha256 text not null,
                snapshot text,
                undoes uuid,
                actor text not null,
                instance text not null,
                before_epoch bigint,
                before_seq bigint,
                before_count bigint,
                before_digest text,
                after_epoch bigint,
                after_seq bigint,
                after_count bigint,
                after_digest text,
                added bigint,
                changed bigint,
                removed bigint,
                note text,
                started_at timestamptz not null,
                updated_at timestamptz not null
            )",
            "create unique index restores_one_at_a_time on restores (state) where state = 'staging'",
            "create index restores_by_started_at on restores (started_at, id)",
        ],
    },
    TableSchema {
        name: "staged_videos",
        statements: &[
            r#"create unlogged table staged_videos (
                restore_id uuid not null,
                video_id text collate "C" not null,
                sha256 text not null,
                title text not null,
                title_key text collate "C" not null,
                channel text not null,
                channel_key text collate "C" not null,
                channel_url text not null,
                location text not null,
                processed_at timestamptz not null,
                published_at text,
                duration_seconds double precision,
                transcript_length bigint not null,
                manna bigint not null,
                suspect bigint not null,
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
            )"#,
        ],
    },
    TableSchema {
        name: "staged_changes",
        statements: &[
            r#"create unlogged table staged_changes (
                restore_id uuid not null,
                video_id text collate "C" not null,
                primary key (restore_id, video_id)
            )"#,
        ],
    },
    postgres_stats::STATS_STATE,
    postgres_stats::CHURCHES,
    postgres_stats::SERMON_STATS,
    postgres_stats::PERIOD_STATS,
    postgres_stats::PERIOD_BOOK_STATS,
    postgres_stats::PERIOD_DEUTEROCANONICAL_STATS,
    TableSchema {
        name: "search_state",
        statements: &[
            "create table search_state (
                id smallint not null primary key check (id = 1),
                epoch bigint not null,
                seq bigint not null,
                version integer not null
            )",
            "insert into search_state (id, epoch, seq, version) values (1, 0, -1, 0)",
        ],
    },
    TableSchema {
        name: "search_documents",
        statements: &[
            r#"create table search_documents (
                id bigint not null generated always as identity primary key,
                video_id text collate "C" not null,
                document_sha256 text not null,
                transcript_sha256 text,
                source text
            )"#,
            "create unique index search_documents_by_video on search_documents (video_id)",
        ],
    },
    TableSchema {
        name: "search_index",
        statements: &[
            "create table search_index (
                id bigint not null primary key,
                words tsvector not null
            )",
            "create index search_index_by_word on search_index using gin (words)",
        ],
    },
    TableSchema {
        name: "maintenance",
        statements: &[
            r#"create table maintenance (
                task text collate "C" not null primary key,
                due_at timestamptz not null,
                holder text,
                lease_until timestamptz,
                started_at timestamptz,
                finished_at timestamptz,
                outcome text check (outcome in ('ok', 'failed')),
                message text,
                ok_at timestamptz
            )"#,
        ],
    },
    TableSchema {
        name: "orphan_transcripts",
        statements: &[
            r#"create table orphan_transcripts (
                id bigint not null generated always as identity primary key,
                video_id text collate "C" not null,
                format text not null,
                language text,
                sha256 text not null,
                at timestamptz not null,
                body bytea not null,
                orphaned_at timestamptz not null
            )"#,
        ],
    },
    TableSchema {
        name: "adoptions",
        statements: &[
            r#"create table adoptions (
                source text collate "C" not null primary key,
                state text not null check (state in ('running', 'done')),
                holder text,
                lease_until timestamptz,
                sermons bigint not null,
                unreadable bigint not null,
                problems text not null,
                started_at timestamptz not null,
                finished_at timestamptz
            )"#,
        ],
    },
];
