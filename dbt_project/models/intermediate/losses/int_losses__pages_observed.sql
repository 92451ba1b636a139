with observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

pages as (
    select * from {{ ref('stg_oryx__pages') }}
),

links as (
    select * from {{ ref('stg_oryx__loss_links') }}
),

ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
),

-- The same record may be on file twice (pulled and ingested): it is one observation.
observed as (
    select
        source,
        observed_at,
        source_sha256,
        min(file_name) as file_name,
    from observations
    where source in {{ oryx_page_sources() }}
    group by source, observed_at, source_sha256
),

-- The ledger is written last: a page without its line was being read when the run was killed. A page in the ledger
-- without rows was refused as a whole.
finished as (
    select distinct
        source,
        source_sha256,
    from ledger
),

counted as (
    select
        source,
        source_sha256,
        sum(len(numbers)) as vehicles,
    from links
    group by source, source_sha256
),

pages_done as (
    select
        finished.source,
        finished.source_sha256,
        pages.source_sha256 is not null as has_rows,
        pages.side,
        pages.title,
        pages.modified_at,
        coalesce(counted.vehicles, 0) as vehicles,
    from finished
    left join pages
        on finished.source = pages.source and finished.source_sha256 = pages.source_sha256
    left join counted
        on finished.source = counted.source and finished.source_sha256 = counted.source_sha256
),

-- A page without a vehicle is no statement that nothing was lost; and of two different pages filed under one moment
-- only one can be what the source showed: the one that says that it was modified later.
judged as (
    select
        observed.*,
        pages_done.side,
        pages_done.title,
        pages_done.modified_at,
        coalesce(pages_done.vehicles, 0) as vehicles,
        case
            when pages_done.source_sha256 is null then 'not_parsed'
            when not pages_done.has_rows then 'nothing_taken'
            when pages_done.vehicles = 0 then 'no_vehicles'
            when
                row_number() over (
                    partition by observed.source, observed.observed_at
                    order by
                        coalesce(pages_done.vehicles, 0) > 0 desc,
                        pages_done.modified_at desc nulls last,
                        observed.source_sha256 desc
                ) > 1
                then 'other_page_of_the_same_moment'
        end as unread_reason,
    from observed
    left join pages_done
        on observed.source = pages_done.source and observed.source_sha256 = pages_done.source_sha256
),

final as (
    select
        source,
        observed_at,
        {{ day_of('observed_at') }} as observed_on,
        source_sha256,
        file_name,
        side,
        title,
        modified_at,
        vehicles,
        unread_reason is null as is_read,
        unread_reason,
        unread_reason is null and row_number() over (
            partition by source, unread_reason is null, {{ day_of('observed_at') }}
            order by observed_at desc
        ) = 1 as is_newest_of_day,
    from judged
)

select * from final
