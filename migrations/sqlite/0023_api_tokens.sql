-- Named tokens for the API; `sha256` is the checksum of the secret, which is not stored. A revoked token stays, so that
-- its name in the audit log keeps its meaning.
create table api_tokens (
    id blob not null primary key,
    name text not null,
    sha256 text not null,
    scopes text not null,
    created_at text not null,
    created_by text not null,
    last_used_at text,
    revoked_at text
) strict;

create unique index api_tokens_by_sha256 on api_tokens (sha256);
create unique index api_tokens_by_name on api_tokens (name) where revoked_at is null;

-- The token that was exchanged for this login; null for a login with the admin token. The cookies of the two kinds have
-- different names, so an instance of the previous release does not accept the login of a token.
alter table sessions add column token_id blob;
