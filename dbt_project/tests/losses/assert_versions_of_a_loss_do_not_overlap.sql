-- Two versions of a loss stand at the same moment, or one ends before it begins. A question as of a day would count the
-- vehicle twice. Look at int_losses__versions: the pages of that source around recorded_from.
with versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
),

followed as (
    select
        loss_id,
        source,
        version_number,
        recorded_from,
        recorded_to,
        lead(recorded_from) over (partition by loss_id, source order by version_number) as next_recorded_from,
    from versions
)

select *
from followed
where
    recorded_to <= recorded_from
    or coalesce(recorded_to, timestamptz '9999-12-31 00:00:00+00') > next_recorded_from
