with ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
),

losses_counted as (
    select * from {{ ref('int_losses__files') }}
),

warspotting_counted as (
    select * from {{ ref('int_warspotting__rows_counted') }}
),

sanctions_counted as (
    select * from {{ ref('int_sanctions__rows_counted') }}
),

comtrade_counted as (
    select * from {{ ref('int_comtrade__rows_counted') }}
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

customs_aggregates as (
    select * from {{ ref('int_customs__aggregates_settled') }}
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
    union all
    select
        source_sha256,
        source_member,
        count(*) filter (where resolution = 'standing') as rows_loaded,
        count(*) filter (where resolution = 'duplicate') as rows_duplicate,
    from customs_aggregates
    group by source_sha256, source_member
),

reference_counted as (
    select * from {{ ref('int_reference__rows_standing') }}
),

-- Counted anew from the rows that stand in the warehouse, not taken from the parser's own figures: where the two
-- disagree, rows were lost or doubled on the way, and the balance fails.
standing as (
    select
        source,
        source_sha256,
        source_member,
        rows_loaded,
        rows_duplicate,
    from losses_counted
    union all
    select * from warspotting_counted
    union all
    select * from sanctions_counted
    union all
    select * from comtrade_counted
    union all
    select * from reference_counted
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
