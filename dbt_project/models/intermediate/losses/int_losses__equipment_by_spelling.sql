with catalogue as (
    select * from {{ ref('equipment_models') }}
),

versions as (
    select * from {{ ref('int_losses__versions') }}
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

-- A name that the catalogue does not know stays what the page calls it, under the heading where it stood last.
unmapped as (
    select
        versions.folded_model,
        arg_max(
            trim(versions.model_spelling),
            (versions.recorded_from, versions.page_category, versions.model_spelling)
        ) as model,
        'unmapped' as family,
        arg_max(
            versions.page_category,
            (versions.recorded_from, versions.page_category, versions.model_spelling)
        ) as category,
        false as is_mapped,
    from versions
    left join mapped
        on versions.folded_model = mapped.folded_model
    where mapped.folded_model is null
    group by versions.folded_model
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
