with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

spans as (
    select
        source,
        min(observed_on) as first_on,
        max(observed_on) as last_on,
    from pages_observed
    group by source
),

days as (
    select
        source,
        cast(unnest(generate_series(first_on, last_on, interval 1 day)) as date) as day,
    from spans
),

final as (
    select
        days.day,
        days.source,
        count(*) filter (where pages_observed.is_read) > 0 as is_observed,
        count(distinct pages_observed.observed_at) filter (where pages_observed.is_read) as observations,
        count(*) filter (where not pages_observed.is_read) as observations_unread,
    from days
    left join pages_observed
        on days.source = pages_observed.source and days.day = pages_observed.observed_on
    group by days.day, days.source
)

select * from final
