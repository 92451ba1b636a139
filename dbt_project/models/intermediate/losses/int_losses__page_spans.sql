with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

-- A table in several parts is one showing.
showings as (
    select distinct
        source,
        observed_at,
        showing_id,
        collector,
    from pages_observed
    where is_read
),

numbered as (
    select
        *,
        lag(showing_id) over (partition by source order by observed_at) as previous_showing_id,
    from showings
),

spans as (
    select
        source,
        showing_id,
        collector,
        observed_at,
        sum(case when showing_id = previous_showing_id then 0 else 1 end) over (
            partition by source order by observed_at rows unbounded preceding
        ) as span_number,
    from numbered
),

grouped as (
    select
        source,
        cast(span_number as integer) as span_number,
        min(showing_id) as showing_id,
        min(collector) as collector,
        min(observed_at) as shown_from,
        max(observed_at) as last_shown_at,
    from spans
    group by source, span_number
),

final as (
    select
        source,
        span_number,
        showing_id,
        collector,
        lag(showing_id) over (partition by source order by span_number) as earlier_showing_id,
        shown_from,
        last_shown_at,
        lead(shown_from) over (partition by source order by span_number) as shown_to,
    from grouped
)

select * from final
