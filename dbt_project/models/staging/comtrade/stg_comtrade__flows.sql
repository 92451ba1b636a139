with source as (
    select * from {{ source('bronze_comtrade', 'flows') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        frequency,
        period,
        reporter_code,
        partner_code,
        flow,
        commodity_code,
        classification,
        value_usd,
        cif_value_usd,
        fob_value_usd,
        -- Thousands of rows give 0 kg for goods worth millions: 0 stands for a weight that was not given.
        nullif(net_weight_kg, 0) as net_weight_kg,
        is_net_weight_estimated,
        is_reported,
        is_aggregate,
    from source
    where {{ file_was_observed() }}
)

select * from final
