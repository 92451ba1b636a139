with ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
),

oryx_links as (
    select * from {{ ref('stg_oryx__loss_links') }}
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

customs_lines_superseded as (
    select * from {{ ref('customs_lines_superseded') }}
),

customs_lines_repeated as (
    select * from {{ ref('int_customs__lines_repeated') }}
    where resolution = 'duplicate'
),

customs_counted as (
    select
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from customs_lines
    group by source_sha256, source_member
    union all
    select
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from customs_lines_superseded
    group by source_sha256, source_member
    union all
    select
        source_sha256,
        source_member,
        0 as rows_loaded,
        count(*) as rows_duplicate,
    from customs_lines_repeated
    group by source_sha256, source_member
),

-- Counted anew from the rows that stand in the warehouse, not taken from the parser's own figures: where the two
-- disagree, rows were lost or doubled on the way, and the balance fails.
standing as (
    select
        source,
        source_sha256,
        source_member,
        count(distinct source_row) filter (where len(numbers) > 0) as rows_loaded,
        count(*) - count(distinct source_row) as rows_duplicate,
    from oryx_links
    group by source, source_sha256, source_member
    union all
    select
        'customs' as source,
        source_sha256,
        source_member,
        cast(sum(rows_loaded) as bigint) as rows_loaded,
        cast(sum(rows_duplicate) as bigint) as rows_duplicate,
    from customs_counted
    group by source_sha256, source_member
),

final as (
    select
        ledger.source_sha256,
        ledger.source_member,
        ledger.source,
        ledger.file_name,
        ledger.rows_in,
        coalesce(standing.rows_loaded, 0) as rows_loaded,
        ledger.rows_quarantined,
        coalesce(standing.rows_duplicate, 0) as rows_duplicate,
    from ledger
    left join standing
        on
            ledger.source = standing.source
            and ledger.source_sha256 = standing.source_sha256
            and ledger.source_member = standing.source_member
)

select * from final
