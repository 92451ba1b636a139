with catalogue as (
    select * from {{ ref('equipment_models') }}
),

versions as (
    select * from {{ ref('int_losses__versions') }}
),

warspotting_versions as (
    select * from {{ ref('int_warspotting__versions') }}
),

-- Names of every source; WarSpotting's only where Oryx has none.
names as (
    select
        folded_model,
        trim(model_spelling) as model_spelling,
        page_category,
        recorded_from,
        1 as precedence,
    from versions
    union all
    select
        {{ fold_equipment_name('model_spelling') }} as folded_model,
        trim(model_spelling) as model_spelling,
        type as page_category,
        recorded_from,
        0 as precedence,
    from warspotting_versions
),

mapped as (
    select
        {{ fold_equipment_name('spelling') }} as folded_model,
        model,
        family,
        category,
        true as is_mapped,
    from catalogue
),

-- A name that the catalogue does not know stays what the source calls it, under the heading where it stood last.
unmapped as (
    select
        names.folded_model,
        arg_max(
            names.model_spelling,
            (names.precedence, names.recorded_from, coalesce(names.page_category, ''), names.model_spelling)
        ) as model,
        'unmapped' as family,
        coalesce(
            arg_max(
                names.page_category,
                (names.precedence, names.recorded_from, names.page_category, names.model_spelling)
            ) filter (where names.page_category is not null),
            'not given'
        ) as category,
        false as is_mapped,
    from names
    left join mapped
        on names.folded_model = mapped.folded_model
    where mapped.folded_model is null
    group by names.folded_model
),

unioned as (
    select * from mapped
    union all
    select * from unmapped
),

final as (
    select
        folded_model,
        md5({{ fold_equipment_name('model') }}) as equipment_id,
        model,
        family,
        category,
        is_mapped,
    from unioned
)

select * from final
