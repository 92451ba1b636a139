-- depends_on: {{ ref('int_boomerang__ledger') }}
{{ config(materialized='incremental', incremental_strategy='append') }}

-- Each file is counted once, in the night that read it.
{% set finished %}
    select
        source,
        source_sha256,
        source_member,
        rows_in,
        rows_quarantined,
    from {{ ref('int_boomerang__ledger') }}
    where source in {{ oryx_page_sources() }} or source = {{ oryx_history_source() }}
{% endset %}
{% set added = none %}
{% if is_incremental() %}
    {% set added = first_column(
        'select distinct ledger.source_sha256 from (' ~ finished ~ ') as ledger anti join ' ~ this
        ~ ' as held on ledger.source = held.source and ledger.source_sha256 = held.source_sha256'
        ~ ' and ledger.source_member = held.source_member order by all'
    ) %}
{% endif %}

with ledger as (
    {{ finished }}
),

-- A list that is split over several pages is one file with several members.
pages as (
    select
        source,
        source_sha256,
        min(side) as side,
        min(title) as title,
        max(modified_at) as modified_at,
    from {{ ref('stg_oryx__pages') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
    group by source, source_sha256
),

links as (
    select * from {{ ref('stg_oryx__loss_links') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

tables as (
    select * from {{ ref('stg_oryx_history__files') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

table_rows as (
    select * from {{ ref('stg_oryx_history__rows') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

-- The ledger is written last: a file without its line was being read when the run was killed.
files as (
    select ledger.*
    from ledger
    {% if is_incremental() %}
        anti join {{ this }} as held
            on
                ledger.source = held.source
                and ledger.source_sha256 = held.source_sha256
                and ledger.source_member = held.source_member
    {% endif %}
),

counted_links as (
    select
        source,
        source_sha256,
        source_member,
        count(distinct source_row) filter (where len(numbers) > 0) as rows_loaded,
        count(*) - count(distinct source_row) as rows_duplicate,
        count(*) filter (where url is null) as rows_without_address,
        sum(len(numbers)) as vehicles,
    from links
    group by source, source_sha256, source_member
),

-- Rows that say the same in everything that is read of them are one, as often as the collector wrote it: a faulty join
-- multiplied rows in March 2022, with other numbers of its own beside them.
different_rows as (
    select
        source,
        source_sha256,
        source_member,
        url is null as has_no_address,
        count(*) as copies,
    from table_rows
    group by
        source, source_sha256, source_member, has_no_address,
        side, category, model_text, producer_country, url, status_text, list_number, recorded_on
),

counted_rows as (
    select
        source,
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        sum(copies) - count(*) as rows_duplicate,
        count(*) filter (where has_no_address) as rows_without_address,
        count(*) filter (where not has_no_address) as vehicles,
    from different_rows
    group by source, source_sha256, source_member
),

counted as (
    select * from counted_links
    union all
    select * from counted_rows
),

final as (
    select
        files.source,
        files.source_sha256,
        files.source_member,
        pages.source_sha256 is not null or tables.source_sha256 is not null as has_rows,
        pages.side,
        pages.title,
        pages.modified_at,
        tables.collector,
        coalesce(len(tables.statuses) = 1, false) as is_part,
        tables.statuses,
        files.rows_in,
        files.rows_quarantined,
        cast(coalesce(counted.rows_loaded, 0) as bigint) as rows_loaded,
        cast(coalesce(counted.rows_duplicate, 0) as bigint) as rows_duplicate,
        cast(coalesce(counted.rows_without_address, 0) as bigint) as rows_without_address,
        cast(coalesce(counted.vehicles, 0) as bigint) as vehicles,
    from files
    left join pages
        on files.source = pages.source and files.source_sha256 = pages.source_sha256
    left join tables
        on
            files.source = tables.source
            and files.source_sha256 = tables.source_sha256
            and files.source_member = tables.source_member
    left join counted
        on
            files.source = counted.source
            and files.source_sha256 = counted.source_sha256
            and files.source_member = counted.source_member
)

select * from final
