-- The newest page of a source has more, or fewer, vehicles than losses stand in fct_equipment_loss_versions: vehicles
-- were lost or doubled between staging and the marts. Compare the ids of int_losses__vehicles_observed for that page.
with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

files as (
    select * from {{ ref('int_losses__files') }}
    where source in {{ oryx_page_sources() }}
),

versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
    where source in {{ oryx_page_sources() }}
),

newest as (
    select
        source,
        arg_max(source_sha256, observed_at) as source_sha256,
    from pages_observed
    where is_read
    group by source
),

on_page as (
    select
        newest.source,
        sum(files.vehicles) as vehicles,
    from newest
    inner join files
        on newest.source = files.source and newest.source_sha256 = files.source_sha256
    group by newest.source
),

standing as (
    select
        source,
        count(distinct loss_id) as losses,
    from versions
    where recorded_to is null
    group by source
)

select
    coalesce(on_page.source, standing.source) as source,
    on_page.vehicles,
    standing.losses,
from on_page
full join standing
    on on_page.source = standing.source
where on_page.vehicles is distinct from standing.losses
