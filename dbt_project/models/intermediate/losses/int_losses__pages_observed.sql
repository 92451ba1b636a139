with observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

members as (
    select * from {{ ref('int_losses__files') }}
),

-- The same record may be on file twice (pulled and ingested): it is one observation.
observed as (
    select
        source,
        observed_at,
        source_sha256,
        min(file_name) as file_name,
    from observations
    where source in {{ oryx_page_sources() }} or source = {{ oryx_history_source() }}
    group by source, observed_at, source_sha256
),

files as (
    select
        source,
        source_sha256,
        bool_or(has_rows) as has_rows,
        min(side) as side,
        min(title) as title,
        max(modified_at) as modified_at,
        min(collector) as collector,
        list_sort(list_distinct(flatten(list(statuses) filter (where statuses is not null)))) as statuses,
        bool_or(is_part) and len(list_distinct(flatten(list(statuses) filter (where is_part)))) < 4 as is_part,
        sum(vehicles) as vehicles,
    from members
    group by source, source_sha256
),

known as (
    select
        observed.*,
        files.side,
        files.title,
        files.modified_at,
        files.collector,
        files.statuses,
        coalesce(files.is_part, false) as is_part,
        coalesce(files.vehicles, 0) as vehicles,
        case
            when files.source_sha256 is null then 'not_parsed'
            when not files.has_rows then 'nothing_taken'
            when files.vehicles = 0 and files.collector is not null then 'no_addresses'
            when files.vehicles = 0 then 'no_vehicles'
        end as fault,
    from observed
    left join files
        on observed.source = files.source and observed.source_sha256 = files.source_sha256
),

-- Parts of a table (one status each) that were observed at one moment are one showing. Of two that hold the same
-- status, the longer one counts.
parted as (
    select
        *,
        fault is null and is_part and row_number() over (
            partition by source, observed_at, fault is null, is_part, statuses
            order by vehicles desc, source_sha256 desc
        ) = 1 as is_used_part,
    from known
),

assembled as (
    select
        source,
        observed_at,
        case when is_used_part then 'parts' else source_sha256 end as showing,
        case
            when count(*) = 1 then min(source_sha256)
            else md5(string_agg(source_sha256, '|' order by source_sha256))
        end as showing_id,
        bool_or(is_used_part) and len(list_distinct(flatten(list(statuses)))) < 4 as is_incomplete,
        sum(vehicles) as vehicles,
        max(modified_at) as modified_at,
    from parted
    where fault is null and (is_used_part or not is_part)
    group by all
),

-- Of two showings filed under one moment only one can be what the source showed last: the page that says that it was
-- modified later; the table that has more rows, since tables accumulate.
chosen as (
    select
        *,
        row_number() over (
            partition by source, observed_at
            order by is_incomplete asc, modified_at desc nulls last, vehicles desc, showing_id desc
        ) as place,
    from assembled
),

judged as (
    select
        parted.*,
        chosen.showing_id,
        case
            when parted.fault is not null then parted.fault
            when chosen.is_incomplete then 'part_of_a_table'
            when (chosen.place > 1 or chosen.showing is null) and parted.collector is not null
                then 'other_table_of_the_same_moment'
            when chosen.place > 1 then 'other_page_of_the_same_moment'
        end as unread_reason,
    from parted
    left join chosen
        on
            parted.source = chosen.source
            and parted.observed_at = chosen.observed_at
            and case when parted.is_used_part then 'parts' else parted.source_sha256 end = chosen.showing
),

final as (
    select
        source,
        observed_at,
        {{ day_of('observed_at') }} as observed_on,
        source_sha256,
        case when unread_reason is null then showing_id end as showing_id,
        file_name,
        side,
        collector,
        title,
        modified_at,
        vehicles,
        unread_reason is null as is_read,
        unread_reason,
        unread_reason is null and observed_at = max(observed_at) over (
            partition by source, unread_reason is null, {{ day_of('observed_at') }}
        ) as is_newest_of_day,
    from judged
)

select * from final
