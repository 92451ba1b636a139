-- An observation that was read is missing from, or doubled in, the spans from which versions are made; or a day of a
-- source's span is missing from observation_days. Questions as of that day would be answered from the wrong page.
with pages_observed as (
    -- A table in several files is one showing.
    select distinct
        source,
        observed_at,
        observed_on,
        showing_id,
    from {{ ref('int_losses__pages_observed') }}
    where is_read
),

spans as (
    select * from {{ ref('int_losses__page_spans') }}
),

days as (
    select * from {{ ref('observation_days') }}
)

select
    pages_observed.source,
    pages_observed.observed_at,
    pages_observed.showing_id,
    count(spans.source) as spans,
    count(days.source) as days,
from pages_observed
left join spans
    on
        pages_observed.source = spans.source
        and pages_observed.showing_id = spans.showing_id
        and pages_observed.observed_at between spans.shown_from and spans.last_shown_at
left join days
    on pages_observed.source = days.source and pages_observed.observed_on = days.day and days.is_observed
group by pages_observed.source, pages_observed.observed_at, pages_observed.showing_id
having count(spans.source) != 1 or count(days.source) != 1
