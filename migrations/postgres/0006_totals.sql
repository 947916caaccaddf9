-- Sums over all videos, kept current by the writes. They are those of the write at (epoch, seq): where `store_state` stands
-- elsewhere (after a restore, or a write of the release before this one), they are counted anew.
create table totals (
    id smallint not null primary key check (id = 1),
    epoch bigint not null,
    seq bigint not null,
    channels bigint not null,
    manna bigint not null
);

create table book_totals (
    book smallint not null primary key,
    manna bigint not null
);

insert into totals (id, epoch, seq, channels, manna)
select
    1,
    s.epoch,
    s.seq,
    (select count(distinct nullif(channel, '')) from videos),
    (select coalesce(sum(manna), 0)::bigint from videos)
from store_state s;

insert into book_totals (book, manna)
select book, count(*)
from mentions
where class = 'confirmed' and kind <> 'contextual'
group by book;
