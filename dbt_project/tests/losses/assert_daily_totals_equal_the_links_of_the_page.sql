-- On some observed day the daily table does not add up to the vehicles behind the links of that day's newest page, or a
-- total is not the sum of its four statuses. Do not publish a curve: find the page by its checksum and compare.
with daily as (
    select * from {{ ref('fct_equipment_losses_daily') }}
),

files as (
    select * from {{ ref('int_losses__files') }}
),

by_day as (
    select
        day,
        source,
        collector,
        source_sha256,
        sum(total) as counted,
        sum(destroyed + damaged + abandoned + captured) as counted_by_status,
    from daily
    group by day, source, collector, source_sha256
),

-- What the page holds, counted when it was read.
by_page as (
    select
        source,
        source_sha256,
        sum(vehicles) as vehicles,
    from files
    group by source, source_sha256
)

select
    by_day.*,
    by_page.vehicles,
from by_day
left join by_page
    on by_day.source = by_page.source and by_day.source_sha256 = by_page.source_sha256
where
    by_day.counted != by_day.counted_by_status
    or (by_day.collector is null and by_day.counted is distinct from by_page.vehicles)
