with showings as (
    select * from {{ ref('int_losses__leading_showings') }}
),

turns as (
    select
        side,
        turn,
        min(source) as source,
        min(observed_at) as leads_from,
        max(observed_at) as last_observed_at,
        count(distinct observed_at) as observations,
    from showings
    group by side, turn
),

final as (
    select
        side,
        leads_from,
        lead(leads_from) over (partition by side order by leads_from) as leads_to,
        source,
        last_observed_at,
        observations,
    from turns
)

select * from final
