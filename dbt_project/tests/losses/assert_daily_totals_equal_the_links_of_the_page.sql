-- On some observed day the daily table does not add up to the vehicles behind the links of that day's newest page, or a
-- total is not the sum of its four statuses. Do not publish a curve: find the page by its checksum and compare.
with daily as (
    select * from {{ ref('fct_equipment_losses_daily') }}
),

pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

links as (
    select * from {{ ref('stg_oryx__loss_links') }}
),

by_day as (
    select
        day,
        source,
        sum(total) as counted,
        sum(destroyed + damaged + abandoned + captured) as counted_by_status,
    from daily
    group by day, source
),

by_page as (
    select
        source,
        source_sha256,
        sum(len(numbers)) as vehicles,
    from links
    group by source, source_sha256
),

newest as (
    select
        observed_on,
        source,
        arg_max(source_sha256, observed_at) as source_sha256,
    from pages_observed
    where is_read and side is not null
    group by observed_on, source
)

select
    newest.observed_on,
    newest.source,
    newest.source_sha256,
    by_page.vehicles,
    by_day.counted,
    by_day.counted_by_status,
from newest
inner join by_page
    on newest.source = by_page.source and newest.source_sha256 = by_page.source_sha256
full join by_day
    on newest.source = by_day.source and newest.observed_on = by_day.day
where
    by_page.vehicles is distinct from by_day.counted
    or by_page.vehicles is distinct from by_day.counted_by_status
