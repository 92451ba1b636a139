with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

vehicles as (
    select * from {{ ref('int_losses__vehicles_observed') }}
),

equipment as (
    select * from {{ ref('int_losses__equipment_by_spelling') }}
),

sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

-- Each page is counted once, however many days showed the same bytes.
counted as (
    select
        vehicles.source,
        vehicles.source_sha256,
        vehicles.side,
        equipment.equipment_id,
        min(equipment.model) as model,
        min(equipment.category) as category,
        min(equipment.family) as family,
        count(*) filter (where vehicles.status = 'destroyed') as destroyed,
        count(*) filter (where vehicles.status = 'damaged') as damaged,
        count(*) filter (where vehicles.status = 'abandoned') as abandoned,
        count(*) filter (where vehicles.status = 'captured') as captured,
        count(*) as total,
    from vehicles
    left join equipment
        on vehicles.folded_model = equipment.folded_model
    group by vehicles.source, vehicles.source_sha256, vehicles.side, equipment.equipment_id
),

-- A page of one kind of equipment lists both sides and repeats the country pages: it is no page of a side.
final as (
    select
        pages_observed.observed_on as day,
        counted.side,
        counted.category,
        counted.equipment_id,
        counted.model,
        counted.family,
        counted.destroyed,
        counted.damaged,
        counted.abandoned,
        counted.captured,
        counted.total,
        pages_observed.observed_at,
        counted.source,
        sources.is_synthetic,
        counted.source_sha256,
    from pages_observed
    inner join counted
        on
            pages_observed.source = counted.source
            and pages_observed.source_sha256 = counted.source_sha256
    left join sources
        on counted.source = sources.source
    where pages_observed.is_newest_of_day and pages_observed.side is not null
)

select * from final
