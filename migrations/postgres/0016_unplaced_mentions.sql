-- Documents of the previous system may count more mentions of a book than they have places. One row stands for all of them.
alter table mentions add column citations bigint not null default 1;

-- The version of the rules by which mentions are derived from documents; see `MENTIONS_VERSION`.
alter table stats_state add column mentions_version integer not null default 0;
