-- Counted from the rows that stand, for the row ledger.
with cbr_rates as (
    select * from {{ ref('stg_fx_cbr__rates') }}
),

ecb_rates as (
    select * from {{ ref('stg_fx_ecb__rates') }}
),

tnved_codes as (
    select * from {{ ref('stg_tnved__codes') }}
),

hs_codes as (
    select * from {{ ref('stg_harmonised_system__codes') }}
),

final as (
    select
        'fx_cbr' as source,
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from cbr_rates
    group by source_sha256, source_member
    union all
    -- A record is a day, with a rate for each currency.
    select
        'fx_ecb' as source,
        source_sha256,
        source_member,
        count(distinct source_row) as rows_loaded,
        0 as rows_duplicate,
    from ecb_rates
    group by source_sha256, source_member
    union all
    select
        'tnved' as source,
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from tnved_codes
    group by source_sha256, source_member
    union all
    select
        'harmonised_system' as source,
        source_sha256,
        source_member,
        count(*) as rows_loaded,
        0 as rows_duplicate,
    from hs_codes
    group by source_sha256, source_member
)

select * from final
