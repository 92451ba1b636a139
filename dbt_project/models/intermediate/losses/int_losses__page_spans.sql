with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

numbered as (
    select
        source,
        source_sha256,
        observed_at,
        lag(source_sha256) over (partition by source order by observed_at) as previous_sha256,
    from pages_observed
    where is_read
),

spans as (
    select
        source,
        source_sha256,
        observed_at,
        sum(case when source_sha256 = previous_sha256 then 0 else 1 end) over (
            partition by source order by observed_at rows unbounded preceding
        ) as span_number,
    from numbered
),

grouped as (
    select
        source,
        cast(span_number as integer) as span_number,
        min(source_sha256) as source_sha256,
        min(observed_at) as shown_from,
        max(observed_at) as last_shown_at,
    from spans
    group by source, span_number
),

final as (
    select
        source,
        span_number,
        source_sha256,
        shown_from,
        last_shown_at,
        lead(shown_from) over (partition by source order by span_number) as shown_to,
    from grouped
)

select * from final
