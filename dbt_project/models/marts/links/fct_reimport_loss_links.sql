-- Fit and timing, no claim of cause: how many of a family that the part could fit had been lost before the declaration.
{% set loss_sources = "('oryx_russia', 'oryx_history')" %}

with reimports as (
    select * from {{ ref('fct_reimports') }}
),

fits as (
    select * from {{ ref('int_reimports__fits') }}
),

equipment as (
    select * from {{ ref('dim_equipment') }}
),

losses as (
    select * from {{ ref('fct_equipment_losses') }}
    where
        side = 'russia'
        and withdrawn_on is null
        and contains(sources, 'oryx')
),

versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
    where
        side = 'russia'
        and contains(source, 'oryx')
),

observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

first_observation as (
    select {{ day_of('min(observed_at)') }} as first_observed_on
    from observations
    where source in {{ loss_sources }}
),

counted_families as (
    select distinct family from equipment
),

-- A count exists only where the sources count that family at all, someone had looked, and there is a day to count up
-- to; elsewhere it is null, not 0.
days as (
    select distinct
        fits.family,
        reimports.declared_on,
        counted_families.family is not null and first_observation.first_observed_on is not null as is_observed,
        counted_families.family is not null
        and first_observation.first_observed_on is not null
        and reimports.declared_on is not null as has_window,
        coalesce(
            counted_families.family is not null
            and first_observation.first_observed_on <= reimports.declared_on,
            false
        ) as is_observed_then,
    from fits
    inner join reimports
        on fits.customs_line_id = reimports.customs_line_id
    cross join first_observation
    left join counted_families
        on fits.family = counted_families.family
),

counts_now as (
    select
        days.family,
        days.declared_on,
        count(*) filter (where losses.lost_on < days.declared_on) as losses_before,
        count(*) filter (
            where losses.lost_on < days.declared_on and losses.lost_on >= days.declared_on - 90
        ) as losses_90d_before,
        count(*) filter (
            where losses.lost_on < days.declared_on and losses.lost_on >= days.declared_on - 365
        ) as losses_365d_before,
        count(*) filter (where losses.loss_id is not null and losses.lost_on is null) as losses_undated,
        min(losses.lost_on) as first_loss_on,
    from days
    left join losses
        on days.family = losses.family
    group by days.family, days.declared_on
),

counts_then as (
    select
        days.family,
        days.declared_on,
        count(distinct versions.loss_id) filter (where versions.lost_on < days.declared_on) as losses_before,
        count(distinct versions.loss_id) filter (
            where versions.lost_on < days.declared_on and versions.lost_on >= days.declared_on - 90
        ) as losses_90d_before,
        count(distinct versions.loss_id) filter (
            where versions.lost_on < days.declared_on and versions.lost_on >= days.declared_on - 365
        ) as losses_365d_before,
    from days
    left join versions
        on
            days.family = versions.family
            and {{ day_of('versions.recorded_from') }} <= days.declared_on
            and ({{ day_of('versions.recorded_to') }} > days.declared_on or versions.recorded_to is null)
    group by days.family, days.declared_on
),

final as (
    select
        reimports.reimport_id,
        fits.family,
        fits.fit_tier,
        fits.component_id,
        reimports.declared_on,
        reimports.evidence_tier,
        case when days.has_window then counts_now.losses_before end as losses_before,
        case when days.has_window then counts_now.losses_90d_before end as losses_90d_before,
        case when days.has_window then counts_now.losses_365d_before end as losses_365d_before,
        case when days.is_observed then counts_now.losses_undated end as losses_undated,
        case when days.is_observed_then then counts_then.losses_before end as losses_before_known_then,
        case when days.is_observed_then then counts_then.losses_90d_before end as losses_90d_before_known_then,
        case when days.is_observed_then then counts_then.losses_365d_before end as losses_365d_before_known_then,
        case when days.is_observed then counts_now.first_loss_on end as first_loss_on,
        case
            when reimports.quantity_unit in ('piece', 'set') and fits.pieces_per_vehicle > 0
                then cast(floor(reimports.quantity / fits.pieces_per_vehicle) as bigint)
        end as vehicles_equippable,
        fits.citation,
        reimports.record_kind,
        reimports.source_sha256,
        reimports.source_member,
        reimports.source_row,
    from fits
    inner join reimports
        on fits.customs_line_id = reimports.customs_line_id
    inner join days
        on
            fits.family = days.family
            and reimports.declared_on is not distinct from days.declared_on
    left join counts_now
        on
            fits.family = counts_now.family
            and reimports.declared_on is not distinct from counts_now.declared_on
    left join counts_then
        on
            fits.family = counts_then.family
            and reimports.declared_on is not distinct from counts_then.declared_on
)

select * from final
