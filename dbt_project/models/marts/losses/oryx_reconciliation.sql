with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
    where source in {{ oryx_page_sources() }}
),

figures as (
    select * from {{ ref('int_losses__figures_displayed') }}
),

lines as (
    select * from {{ ref('int_losses__lines_counted') }}
    where source in {{ oryx_page_sources() }}
),

counted as (
    select
        'headline' as kind,
        source,
        showing_id,
        side,
        '' as part,
        sum(total) as counted_total,
        sum(destroyed) as counted_destroyed,
        sum(damaged) as counted_damaged,
        sum(abandoned) as counted_abandoned,
        sum(captured) as counted_captured,
    from lines
    group by source, showing_id, side
    union all
    select
        'category' as kind,
        source,
        showing_id,
        side,
        coalesce(page_category, '') as part,
        sum(total) as counted_total,
        sum(destroyed) as counted_destroyed,
        sum(damaged) as counted_damaged,
        sum(abandoned) as counted_abandoned,
        sum(captured) as counted_captured,
    from lines
    group by source, showing_id, side, page_category
    union all
    select
        'model' as kind,
        source,
        showing_id,
        side,
        source_member || '|' || entry_row as part,
        sum(total) as counted_total,
        sum(destroyed) as counted_destroyed,
        sum(damaged) as counted_damaged,
        sum(abandoned) as counted_abandoned,
        sum(captured) as counted_captured,
    from lines
    group by source, showing_id, side, source_member, entry_row
),

displayed as (
    select
        source,
        source_sha256,
        side,
        kind,
        kind as counted_kind,
        case kind
            when 'category' then coalesce(category, '')
            when 'model' then source_member || '|' || source_row
            else ''
        end as part,
        source_member,
        source_row,
        category,
        displayed_text,
        displayed_total,
        displayed_destroyed,
        displayed_damaged,
        displayed_abandoned,
        displayed_captured,
    from figures
    union all
    -- The page's third figure for the same thing: what its own category headings add up to.
    select
        source,
        source_sha256,
        side,
        'sum_of_categories' as kind,
        'headline' as counted_kind,
        '' as part,
        '' as source_member,
        0 as source_row,
        null as category,
        'sum of the category headings' as displayed_text,
        sum(displayed_total) as displayed_total,
        sum(displayed_destroyed) as displayed_destroyed,
        sum(displayed_damaged) as displayed_damaged,
        sum(displayed_abandoned) as displayed_abandoned,
        sum(displayed_captured) as displayed_captured,
    from figures
    where kind = 'category'
    group by source, source_sha256, side
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
            and displayed.source_sha256 = counted.showing_id
            and displayed.side = counted.side
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
        judged.side,
        judged.kind,
        judged.source_member,
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
