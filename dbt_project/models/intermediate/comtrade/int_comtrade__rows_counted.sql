-- Counted from the rows that stand, for the row ledger.
with flows as (
    select * from {{ ref('stg_comtrade__flows') }}
),

final as (
    select
        'comtrade' as source,
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from flows
    group by source_sha256, source_member
)

select * from final
