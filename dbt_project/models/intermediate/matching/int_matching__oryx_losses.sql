with versions as (
    select * from {{ ref('int_losses__versions') }}
    where side = 'russia'
),

catalogue as (
    select * from {{ ref('equipment_models') }}
),

names as (
    select
        {{ fold_equipment_name('spelling') }} as folded_model,
        {{ fold_equipment_name('model') }} as model_key,
        model,
        family,
    from catalogue
),

-- All sources show one list: between two days on which something new was seen of it, a loss came in.
days as (
    select
        first_seen_on,
        lag(first_seen_on) over (order by first_seen_on) as not_yet_seen_on,
    from (select distinct first_seen_on from versions) as days_seen
),

first_seen as (
    select
        loss_id,
        min(first_seen_on) as first_seen_on,
        arg_min(is_undated, (first_seen_on, is_undated)) as is_undated,
    from versions
    group by loss_id
),

standing as (
    select *
    from versions
    where recorded_to is null
    qualify row_number() over (partition by loss_id order by recorded_from desc, source asc) = 1
),

-- What stood in a source's very first showing may have stood there for years: no day, no match.
final as (
    select
        standing.loss_id,
        standing.source,
        standing.version_number,
        -- Within a family; a name that the catalogue does not know is a family of its own.
        coalesce(names.family, 'unmapped: ' || standing.folded_model) as block,
        coalesce(names.model_key, standing.folded_model) as model_key,
        coalesce(names.model, trim(standing.model_spelling)) as model,
        standing.status,
        standing.is_destroyed,
        standing.is_damaged,
        standing.is_abandoned,
        standing.is_captured,
        first_seen.first_seen_on,
        days.not_yet_seen_on + 1 as added_from_on,
        row_number() over (
            order by
                standing.vehicle_number asc nulls last,
                standing.source_sha256 asc,
                standing.source_row asc,
                standing.loss_id asc
        ) as place_in_list,
    from standing
    inner join first_seen
        on standing.loss_id = first_seen.loss_id
    inner join days
        on first_seen.first_seen_on = days.first_seen_on
    left join names
        on standing.folded_model = names.folded_model
    where not first_seen.is_undated and days.not_yet_seen_on is not null
)

select * from final
