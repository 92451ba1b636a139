with published as (
    select * from {{ ref('int_exchange_rates__published') }}
),

final as (
    select
        fx_source,
        currency,
        rate_on,
        nominal,
        value,
        case fx_source
            when 'fx_cbr' then 'roubles for nominal units'
            when 'fx_ecb' then 'units for one euro'
        end as value_is,
        usd_per_unit,
        source_sha256,
        source_member,
        source_row,
    from published
)

select * from final
