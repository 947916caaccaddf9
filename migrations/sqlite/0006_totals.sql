-- Sums over all videos, kept current by the writes. They are those of the write at (epoch, seq): where `store_state` stands
-- elsewhere (after a restore, or a write of the release before this one), they are counted anew.
create table totals (
    id integer not null primary key check (id = 1),
    epoch integer not null,
    seq integer not null,
    channels integer not null,
    manna integer not null
) strict;

create table book_totals (
    book integer not null primary key,
    manna integer not null
) strict;

insert into totals (id, epoch, seq, channels, manna)
select
    1,
    s.epoch,
    s.seq,
    (select count(distinct nullif(channel, '')) from videos),
    (select coalesce(sum(manna), 0) from videos)
from store_state s;

insert into book_totals (book, manna)
select book, count(*)
from mentions
where class = 'confirmed' and kind <> 'contextual'
group by book;
