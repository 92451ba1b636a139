-- One source answers for a side: its own page wherever there is one; the tables that others made where no own page was
-- observed in the thirty days before.
{% set own_page_answers_for_days = 30 %}

with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
    where is_read
),

lines as (
    select * from {{ ref('int_losses__lines_counted') }}
),

own_pages as (
    select distinct
        side,
        source,
        showing_id,
        collector,
        observed_at,
        observed_on,
    from pages_observed
    where source in {{ oryx_page_sources() }} and side is not null
),

sides_in_tables as (
    select distinct
        source,
        showing_id,
        side,
    from lines
    where source = {{ oryx_history_source() }} and side != 'unknown'
),

tables as (
    select distinct
        sides_in_tables.side,
        pages_observed.source,
        pages_observed.showing_id,
        pages_observed.collector,
        pages_observed.observed_at,
        pages_observed.observed_on,
    from pages_observed
    inner join sides_in_tables
        on pages_observed.source = sides_in_tables.source and pages_observed.showing_id = sides_in_tables.showing_id
),

answering_tables as (
    select tables.*
    from tables
    asof left join own_pages
        on tables.side = own_pages.side and tables.observed_at >= own_pages.observed_at
    where
        own_pages.observed_at is null
        or own_pages.observed_at < tables.observed_at - interval {{ own_page_answers_for_days }} day
),

showings as (
    select * from own_pages
    union all
    select * from answering_tables
),

numbered as (
    select
        *,
        lag(source) over (partition by side order by observed_at, source) as source_before,
    from showings
),

final as (
    select
        side,
        source,
        showing_id,
        collector,
        observed_at,
        observed_on,
        sum(case when source = source_before then 0 else 1 end) over (
            partition by side order by observed_at, source rows unbounded preceding
        ) as turn,
        observed_at = max(observed_at) over (partition by side, observed_on) as is_newest_of_day,
    from numbered
)

select * from final
