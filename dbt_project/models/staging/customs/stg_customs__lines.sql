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
        quantity,
        quantity_unit,
        net_weight_kg,
        gross_weight_kg,
        currency,
        invoice_value,
        customs_value_rub,
        value_usd,
        value_basis,
        incoterms,
    from source
)

select * from final
