with source as (
    select * from {{ source('bronze_customs', 'lines') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        layout,
        record_kind,
        reporter_country_code,
        direction,
        declaration_number,
        line_number,
        declared_on,
        procedure_code,
        consignor_name,
        consignor_tax_number,
        consignor_address,
        consignee_name,
        consignee_tax_number,
        consignee_address,
        manufacturer_name,
        trade_mark,
        origin_country,
        dispatch_country,
        destination_country,
        hs_code,
        description,
        description_english,
        cast(quantity as decimal(18, 4)) as quantity,
        quantity_unit,
        cast(net_weight_kg as decimal(18, 4)) as net_weight_kg,
        cast(gross_weight_kg as decimal(18, 4)) as gross_weight_kg,
        currency,
        cast(invoice_value as decimal(18, 4)) as invoice_value,
        cast(customs_value_rub as decimal(18, 4)) as customs_value_rub,
        cast(value_usd as decimal(18, 4)) as value_usd,
        value_basis,
        incoterms,
    from source
    where {{ file_was_observed() }}
)

select * from final
