-- A loss stands in two spells at one moment, or a spell ends before it begins: every count as of a day would hold it
-- twice. Look at int_losses__standing and loss_leading_sources.
with standing as (
    select * from {{ ref('int_losses__standing') }}
),

followed as (
    select
        *,
        lead(stands_from) over (partition by loss_id order by stands_from, source, version_number) as next_stands_from,
    from standing
)

select *
from followed
where
    stands_to <= stands_from
    or coalesce(stands_to, timestamptz 'infinity') > next_stands_from
