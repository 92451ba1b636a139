-- Counted anew from the versions that stood when the day of the declaration ended, a figure `_known_then` comes out
-- otherwise: it would claim knowledge that nobody had yet, or forget what was known. Compare with
-- fct_equipment_loss_versions.
with links as (
    select * from {{ ref('fct_reimport_loss_links') }}
    where losses_before_known_then is not null
),

versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
),

standing_then as (
    select
        links.reimport_id,
        links.family,
        versions.loss_id,
        date_diff('day', versions.lost_on, links.declared_on) as days_before,
    from links
    inner join versions
        on
            links.family = versions.family
            and versions.side = 'russia'
            and versions.source like '%oryx%'
            and versions.recorded_from < timezone('UTC', cast(links.declared_on + 1 as timestamp))
            and (
                versions.recorded_to is null
                or versions.recorded_to >= timezone('UTC', cast(links.declared_on + 1 as timestamp))
            )
),

recounted as (
    select
        reimport_id,
        family,
        count(distinct loss_id) filter (where days_before >= 1) as losses_before,
        count(distinct loss_id) filter (where days_before between 1 and 90) as losses_90d_before,
        count(distinct loss_id) filter (where days_before between 1 and 365) as losses_365d_before,
    from standing_then
    group by reimport_id, family
)

select
    links.reimport_id,
    links.family,
    links.declared_on,
    links.losses_before_known_then,
    recounted.losses_before as losses_before_recounted,
    links.losses_90d_before_known_then,
    recounted.losses_90d_before as losses_90d_before_recounted,
    links.losses_365d_before_known_then,
    recounted.losses_365d_before as losses_365d_before_recounted,
from links
left join recounted
    on
        links.reimport_id = recounted.reimport_id
        and links.family = recounted.family
where
    links.losses_before_known_then <> coalesce(recounted.losses_before, 0)
    or links.losses_90d_before_known_then <> coalesce(recounted.losses_90d_before, 0)
    or links.losses_365d_before_known_then <> coalesce(recounted.losses_365d_before, 0)
