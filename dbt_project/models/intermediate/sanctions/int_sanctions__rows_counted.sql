-- Counted from the rows that stand, for the row ledger.
with entries as (
    select * from {{ ref('stg_sanctions__entries') }}
),

final as (
    select
        list as source,
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from entries
    group by list, source_sha256, source_member
)

select * from final
