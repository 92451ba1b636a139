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

leading_sources as (
    select * from {{ ref('loss_leading_sources') }}
    where side = 'russia'
),

ends as (
    select distinct
        reimport_id,
        family,
        declared_on,
        timezone('UTC', cast(declared_on + 1 as timestamp)) as day_end,
    from links
),

standing_versions as (
    select
        ends.reimport_id,
        ends.family,
        ends.declared_on,
        ends.day_end,
        versions.loss_id,
        versions.lost_on,
        versions.lost_on_basis,
    from ends
    inner join leading_sources
        on
            ends.day_end > leading_sources.leads_from
            and (leading_sources.leads_to is null or ends.day_end <= leading_sources.leads_to)
    inner join versions
        on
            leading_sources.source = versions.source
            and ends.family = versions.family
            and versions.side = 'russia'
            and ends.day_end > versions.recorded_from
            and (versions.recorded_to is null or ends.day_end <= versions.recorded_to)
),

-- What any source said by then of the day of the loss: WarSpotting's date, the picture's, the earliest day first seen.
standing_then as (
    select
        standing_versions.reimport_id,
        standing_versions.family,
        standing_versions.loss_id,
        date_diff(
            'day',
            coalesce(
                max(
                    case
                        when
                            known.source = 'warspotting'
                            and (known.recorded_to is null or known.recorded_to >= standing_versions.day_end)
                            then known.lost_on
                    end
                ),
                case
                    when any_value(standing_versions.lost_on_basis) = 'picture_name'
                        then any_value(standing_versions.lost_on)
                end,
                arg_max_null(
                    case when known.source <> 'warspotting' then known.lost_on end,
                    (known.source <> 'warspotting', known.recorded_from, known.source)
                )
            ),
            any_value(standing_versions.declared_on)
        ) as days_before,
    from standing_versions
    inner join versions as known
        on standing_versions.loss_id = known.loss_id and standing_versions.day_end > known.recorded_from
    group by standing_versions.reimport_id, standing_versions.family, standing_versions.loss_id
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
