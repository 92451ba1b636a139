with source as (
    select * from {{ source('bronze_customs', 'aggregates') }}
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
        month,
        declared_on,
        consignor_name,
        consignor_name_declared,
        consignor_name_marks,
        consignor_tax_number,
        consignor_on_behalf_of_name,
        consignor_on_behalf_of_tax_number,
        consignor_address,
        consignee_name,
        consignee_name_declared,
        consignee_name_marks,
        consignee_tax_number,
        consignee_on_behalf_of_name,
        consignee_on_behalf_of_tax_number,
        consignee_address,
        manufacturer_name,
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
        cast(local_value as decimal(18, 4)) as local_value,
        local_currency,
        cast(value_usd as decimal(18, 4)) as value_usd,
        value_basis,
        row_hash,
    from source
    where {{ file_was_observed() }}
)

select * from final
