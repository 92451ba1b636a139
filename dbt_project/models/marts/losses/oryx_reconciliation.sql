with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

headings as (
    select * from {{ ref('stg_oryx__headings') }}
),

entries as (
    select * from {{ ref('stg_oryx__entries') }}
),

vehicles as (
    select * from {{ ref('int_losses__vehicles_observed') }}
),

counted_lines as (
    select
        source,
        source_sha256,
        page_category,
        entry_row,
        count(*) as counted_total,
        count(*) filter (where status = 'destroyed') as counted_destroyed,
        count(*) filter (where status = 'damaged') as counted_damaged,
        count(*) filter (where status = 'abandoned') as counted_abandoned,
        count(*) filter (where status = 'captured') as counted_captured,
    from vehicles
    group by source, source_sha256, page_category, entry_row
),

counted as (
    select
        'headline' as kind,
        source,
        source_sha256,
        '' as part,
        sum(counted_total) as counted_total,
        sum(counted_destroyed) as counted_destroyed,
        sum(counted_damaged) as counted_damaged,
        sum(counted_abandoned) as counted_abandoned,
        sum(counted_captured) as counted_captured,
    from counted_lines
    group by source, source_sha256
    union all
    select
        'category' as kind,
        source,
        source_sha256,
        coalesce(page_category, '') as part,
        sum(counted_total) as counted_total,
        sum(counted_destroyed) as counted_destroyed,
        sum(counted_damaged) as counted_damaged,
        sum(counted_abandoned) as counted_abandoned,
        sum(counted_captured) as counted_captured,
    from counted_lines
    group by source, source_sha256, page_category
    union all
    select
        'model' as kind,
        source,
        source_sha256,
        cast(entry_row as varchar) as part,
        sum(counted_total) as counted_total,
        sum(counted_destroyed) as counted_destroyed,
        sum(counted_damaged) as counted_damaged,
        sum(counted_abandoned) as counted_abandoned,
        sum(counted_captured) as counted_captured,
    from counted_lines
    group by source, source_sha256, entry_row
),

displayed as (
    select
        source,
        source_sha256,
        kind,
        kind as counted_kind,
        case kind when 'category' then coalesce(category, '') else '' end as part,
        source_row,
        category,
        heading_text as displayed_text,
        displayed_total,
        displayed_destroyed,
        displayed_damaged,
        displayed_abandoned,
        displayed_captured,
    from headings
    where kind in ('headline', 'category')
    union all
    -- The page's third figure for the same thing: what its own category headings add up to.
    select
        source,
        source_sha256,
        'sum_of_categories' as kind,
        'headline' as counted_kind,
        '' as part,
        0 as source_row,
        null as category,
        'sum of the category headings' as displayed_text,
        sum(displayed_total) as displayed_total,
        sum(displayed_destroyed) as displayed_destroyed,
        sum(displayed_damaged) as displayed_damaged,
        sum(displayed_abandoned) as displayed_abandoned,
        sum(displayed_captured) as displayed_captured,
    from headings
    where kind = 'category'
    group by source, source_sha256
    union all
    select
        source,
        source_sha256,
        'model' as kind,
        'model' as counted_kind,
        cast(source_row as varchar) as part,
        source_row,
        category,
        model_spelling as displayed_text,
        displayed_count as displayed_total,
        null as displayed_destroyed,
        null as displayed_damaged,
        null as displayed_abandoned,
        null as displayed_captured,
    from entries
),

compared as (
    select
        displayed.*,
        coalesce(
            displayed.displayed_destroyed,
            displayed.displayed_damaged,
            displayed.displayed_abandoned,
            displayed.displayed_captured
        ) is not null as displays_statuses,
        cast(coalesce(counted.counted_total, 0) as bigint) as counted_total,
        cast(coalesce(counted.counted_destroyed, 0) as bigint) as counted_destroyed,
        cast(coalesce(counted.counted_damaged, 0) as bigint) as counted_damaged,
        cast(coalesce(counted.counted_abandoned, 0) as bigint) as counted_abandoned,
        cast(coalesce(counted.counted_captured, 0) as bigint) as counted_captured,
    from displayed
    left join counted
        on
            displayed.source = counted.source
            and displayed.source_sha256 = counted.source_sha256
            and displayed.counted_kind = counted.kind
            and displayed.part = counted.part
),

-- A heading that displays statuses leaves out those of which it has none; one that displays none at all says nothing
-- about them, and a line without a figure says nothing either.
judged as (
    select
        *,
        case
            when displayed_total is null then null
            when displays_statuses
                then
                    displayed_total = counted_total
                    and coalesce(displayed_destroyed, 0) = counted_destroyed
                    and coalesce(displayed_damaged, 0) = counted_damaged
                    and coalesce(displayed_abandoned, 0) = counted_abandoned
                    and coalesce(displayed_captured, 0) = counted_captured
            else displayed_total = counted_total
        end as agrees,
        case
            when displays_statuses
                then
                    displayed_total
                    = coalesce(displayed_destroyed, 0)
                    + coalesce(displayed_damaged, 0)
                    + coalesce(displayed_abandoned, 0)
                    + coalesce(displayed_captured, 0)
        end as displayed_statuses_add_up,
    from compared
),

final as (
    select
        pages_observed.source,
        pages_observed.observed_at,
        judged.kind,
        judged.source_row,
        pages_observed.observed_on,
        judged.category,
        judged.displayed_text,
        cast(judged.displayed_total as bigint) as displayed_total,
        judged.counted_total,
        cast(judged.displayed_destroyed as bigint) as displayed_destroyed,
        judged.counted_destroyed,
        cast(judged.displayed_damaged as bigint) as displayed_damaged,
        judged.counted_damaged,
        cast(judged.displayed_abandoned as bigint) as displayed_abandoned,
        judged.counted_abandoned,
        cast(judged.displayed_captured as bigint) as displayed_captured,
        judged.counted_captured,
        judged.agrees,
        judged.displayed_statuses_add_up,
        judged.source_sha256,
    from pages_observed
    inner join judged
        on pages_observed.source = judged.source and pages_observed.source_sha256 = judged.source_sha256
    where pages_observed.is_read and (judged.kind != 'model' or judged.agrees is distinct from true)
)

select * from final
