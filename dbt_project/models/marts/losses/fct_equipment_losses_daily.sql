with showings as (
    select * from {{ ref('int_losses__leading_showings') }}
    where is_newest_of_day
),

lines as (
    select * from {{ ref('int_losses__lines_counted') }}
),

pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
    where is_read
),

equipment as (
    select * from {{ ref('int_losses__equipment_by_spelling') }}
),

sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

files as (
    select
        source,
        showing_id,
        string_agg(distinct source_sha256, ', ' order by source_sha256) as source_sha256,
    from pages_observed
    group by source, showing_id
),

by_model as (
    select
        lines.source,
        lines.showing_id,
        lines.side,
        equipment.equipment_id,
        sum(lines.destroyed) as destroyed,
        sum(lines.damaged) as damaged,
        sum(lines.abandoned) as abandoned,
        sum(lines.captured) as captured,
        sum(lines.total) as total,
    from lines
    left join equipment
        on lines.folded_model = equipment.folded_model
    group by lines.source, lines.showing_id, lines.side, equipment.equipment_id
),

models as (
    select distinct
        equipment_id,
        model,
        category,
        family,
    from equipment
),

days as (
    select
        *,
        lag(showing_id) over one_side as showing_id_before,
        lag((source, coalesce(collector, ''))) over one_side = (source, coalesce(collector, '')) as is_comparable,
    from showings
    window one_side as (partition by side order by observed_on)
),

counted as (
    select
        days.*,
        by_model.* exclude (source, showing_id, side),
    from days
    inner join by_model
        on
            days.source = by_model.source
            and days.showing_id = by_model.showing_id
            and days.side = by_model.side
),

-- A model that left the list has a last row, with zeros, on the day on which it was gone.
gone as (
    select
        days.*,
        before.equipment_id,
        0 as destroyed,
        0 as damaged,
        0 as abandoned,
        0 as captured,
        0 as total,
    from days
    inner join by_model as before
        on
            days.source = before.source
            and days.showing_id_before = before.showing_id
            and days.side = before.side
    anti join by_model as now
        on
            days.source = now.source
            and days.showing_id = now.showing_id
            and days.side = now.side
            and before.equipment_id = now.equipment_id
    where days.is_comparable
),

unioned as (
    select * from counted
    union all
    select * from gone
),

final as (
    select
        unioned.observed_on as day,
        unioned.side,
        models.category,
        unioned.equipment_id,
        models.model,
        models.family,
        cast(unioned.destroyed as bigint) as destroyed,
        cast(unioned.damaged as bigint) as damaged,
        cast(unioned.abandoned as bigint) as abandoned,
        cast(unioned.captured as bigint) as captured,
        cast(unioned.total as bigint) as total,
        case
            when unioned.is_comparable then cast(unioned.total - coalesce(before.total, 0) as bigint)
        end as total_change,
        unioned.observed_at,
        unioned.source,
        unioned.collector,
        sources.is_synthetic,
        files.source_sha256,
    from unioned
    left join by_model as before
        on
            unioned.source = before.source
            and unioned.showing_id_before = before.showing_id
            and unioned.side = before.side
            and unioned.equipment_id = before.equipment_id
    left join models
        on unioned.equipment_id = models.equipment_id
    left join files
        on unioned.source = files.source and unioned.showing_id = files.showing_id
    left join sources
        on unioned.source = sources.source
)

select * from final
