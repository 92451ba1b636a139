-- Fit and timing, no claim of cause: how many of a family that the part could fit had been lost before the declaration.
with reimports as (
    select * from {{ ref('fct_reimports') }}
),

fits as (
    select * from {{ ref('int_reimports__fits') }}
),

losses_ever_listed as (
    select * from {{ ref('fct_equipment_losses') }}
    where
        side = 'russia'
        and contains(sources, 'oryx')
),

losses as (
    select * from losses_ever_listed
    where withdrawn_on is null
),

standing as (
    select * from {{ ref('int_losses__standing') }}
    where side = 'russia'
),

equipment_by_spelling as (
    select * from {{ ref('int_losses__equipment_by_spelling') }}
),

leading_sources as (
    select * from {{ ref('loss_leading_sources') }}
),

first_observation as (
    select {{ day_of('min(leads_from)') }} as first_observed_on
    from leading_sources
    where side = 'russia'
),

-- What stood on a day, with the date of the loss as far as it was known by then.
standing_of_family as (
    select
        standing.*,
        equipment_by_spelling.family,
    from standing
    inner join equipment_by_spelling
        on standing.folded_model = equipment_by_spelling.folded_model
),

-- The catalogue knows more than the lists of Russian losses show: of a family that never stood there nobody can say
-- that it would have.
counted_families as (
    select distinct family from losses_ever_listed
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
        count(distinct stood.loss_id) filter (where stood.lost_on < days.declared_on) as losses_before,
        count(distinct stood.loss_id) filter (
            where stood.lost_on < days.declared_on and stood.lost_on >= days.declared_on - 90
        ) as losses_90d_before,
        count(distinct stood.loss_id) filter (
            where stood.lost_on < days.declared_on and stood.lost_on >= days.declared_on - 365
        ) as losses_365d_before,
    from days
    left join standing_of_family as stood
        on
            days.family = stood.family
            and {{ day_of('stood.stands_from') }} <= days.declared_on
            and ({{ day_of('stood.stands_to') }} > days.declared_on or stood.stands_to is null)
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
