with versions as (
    select * from {{ ref('int_warspotting__versions') }}
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

standing as (
    select
        *,
        {{ fold_equipment_name('model_spelling') }} as folded_model,
    from versions
    where recorded_to is null and side = 'russia' and lost_on is not null
),

-- Ids are given as records come in, and most records come in within days of the loss: the ids before a record tell
-- about when it came in. Not the latest of their dates, since a date may be a misprint or have been revised.
entered as (
    select
        *,
        date '2022-02-24' + cast(
            quantile_disc(lost_on - date '2022-02-24', 0.9) over (
                order by warspotting_id rows between 40 preceding and current row
            ) as integer
        ) as entered_about_on,
    from standing
),

final as (
    select
        entered.warspotting_id,
        entered.version_number,
        coalesce(names.family, 'unmapped: ' || entered.folded_model) as block,
        coalesce(names.model_key, entered.folded_model) as model_key,
        coalesce(names.model, trim(entered.model_spelling)) as model,
        entered.status,
        entered.is_destroyed,
        entered.is_damaged,
        entered.is_abandoned,
        entered.is_captured,
        entered.lost_on,
        entered.nearest_location,
        entered.entered_about_on,
    from entered
    left join names
        on entered.folded_model = names.folded_model
)

select * from final
