with component_fits as (
    select * from {{ ref('component_fits') }}
),

final as (
    select
        component_id,
        family,
        nullif(maker_group_id, '') as maker_group_id,
        pieces_per_vehicle,
        case when component_id like 'class-%' then 'class' else 'designation' end as fit_tier,
        fitted_to,
        citation,
    from component_fits
)

select * from final
