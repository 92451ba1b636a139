with pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

files as (
    select * from {{ ref('int_losses__files') }}
),

lines as (
    select * from {{ ref('int_losses__lines_counted') }}
),

by_file as (
    select
        source,
        source_sha256,
        sum(rows_in) as rows_in,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_loaded) as rows_loaded,
        sum(rows_without_address) as rows_without_address,
    from files
    group by source, source_sha256
),

by_showing as (
    select
        source,
        showing_id,
        sum(total) as losses,
        sum(several_statuses) as losses_of_several_statuses,
        sum(earlier_names) as losses_of_earlier_names,
    from lines
    group by source, showing_id
),

showings as (
    select
        pages_observed.source,
        pages_observed.observed_at,
        pages_observed.observed_on,
        pages_observed.showing_id,
        min(pages_observed.collector) as collector,
        string_agg(pages_observed.source_sha256, ', ' order by pages_observed.source_sha256) as source_sha256,
        sum(by_file.rows_in) as rows_in,
        sum(by_file.rows_quarantined) as rows_quarantined,
        sum(by_file.rows_duplicate) as rows_duplicate,
        sum(by_file.rows_loaded) as rows_loaded,
        sum(by_file.rows_without_address) as rows_without_address,
    from pages_observed
    inner join by_file
        on pages_observed.source = by_file.source and pages_observed.source_sha256 = by_file.source_sha256
    where pages_observed.is_read
    group by
        pages_observed.source, pages_observed.observed_at, pages_observed.observed_on, pages_observed.showing_id
),

-- On a page one link stands for one vehicle or several; in a table, one row for a loss, or several rows.
final as (
    select
        showings.source,
        showings.observed_at,
        showings.observed_on,
        showings.collector,
        cast(showings.rows_in as bigint) as rows_in,
        cast(showings.rows_quarantined as bigint) as rows_quarantined,
        cast(showings.rows_duplicate as bigint) as rows_duplicate,
        cast(showings.rows_loaded as bigint) as rows_loaded,
        cast(showings.rows_without_address as bigint) as rows_without_address,
        cast(
            case
                when showings.collector is not null
                    then showings.rows_loaded - showings.rows_without_address - by_showing.losses
                else 0
            end as bigint
        ) as rows_merged,
        cast(by_showing.losses as bigint) as losses,
        cast(by_showing.losses_of_several_statuses as bigint) as losses_of_several_statuses,
        cast(by_showing.losses_of_earlier_names as bigint) as losses_of_earlier_names,
        showings.source_sha256,
    from showings
    inner join by_showing
        on showings.source = by_showing.source and showings.showing_id = by_showing.showing_id
)

select * from final
