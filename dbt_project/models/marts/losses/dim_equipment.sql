with equipment as (
    select * from {{ ref('int_losses__equipment_by_spelling') }}
),

final as (
    select distinct
        equipment_id,
        model,
        category,
        family,
        is_mapped,
    from equipment
)

select * from final
