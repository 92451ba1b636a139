with ledger as (
    select * from {{ ref('stg_boomerang__ledger') }}
),

sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

final as (
    select ledger.*
    from ledger
    inner join sources
        on ledger.source = sources.source and ledger.parser_version = sources.parser_version
)

select * from final
