-- Lists of jobs: the title of the sermon, and who may see a job that a visitor added. `owner` is the SHA-256 of the secret
-- in the visitor's cookie. From now on, a failed job keeps its input, so that it can be retried.
alter table jobs add column title text;

create table job_owners (
    owner text not null,
    job_id uuid not null references jobs (id) on delete cascade,
    primary key (owner, job_id)
);

create index job_owners_by_job on job_owners (job_id);
