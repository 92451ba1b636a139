with aggregates as (
    select * from {{ ref('int_customs__aggregates_settled') }}
    where resolution = 'standing'
),

countries as (
    select * from {{ ref('countries') }}
),

units as (
    select * from {{ ref('quantity_units') }}
),

country_keys as (
    select
        {{ fold_code('country_name') }} as country_key,
        any_value(nullif(country_code, '')) as country_code,
    from countries
    group by country_key
),

unit_keys as (
    select
        {{ fold_code('unit_as_declared') }} as unit_key,
        any_value(quantity_unit) as quantity_unit,
    from units
    group by unit_key
),

final as (
    select
        aggregates.customs_aggregate_id,
        aggregates.month,
        aggregates.declared_on,
        aggregates.reporter_country_code,
        aggregates.direction,
        aggregates.known_from,
        case when aggregates.direction = 'import' then aggregates.consignor_name else aggregates.consignee_name end
            as partner_name,
        aggregates.consignor_name,
        aggregates.consignor_name_declared,
        aggregates.consignor_name_marks,
        aggregates.consignor_tax_number,
        aggregates.consignor_on_behalf_of_name,
        aggregates.consignee_name,
        aggregates.consignee_name_declared,
        aggregates.consignee_name_marks,
        aggregates.consignee_tax_number,
        aggregates.consignee_on_behalf_of_name,
        aggregates.manufacturer_name,
        origins.country_code as origin_country_code,
        aggregates.origin_country,
        dispatches.country_code as dispatch_country_code,
        aggregates.dispatch_country,
        destinations.country_code as destination_country_code,
        aggregates.destination_country,
        aggregates.hs_code,
        case when regexp_matches(aggregates.hs_code, '^\d{6}') then substr(aggregates.hs_code, 1, 6) end as hs6,
        aggregates.description,
        aggregates.description_english,
        aggregates.quantity,
        coalesce(unit_keys.quantity_unit, nullif(lower(trim(aggregates.quantity_unit)), '')) as quantity_unit,
        aggregates.quantity_unit as quantity_unit_declared,
        aggregates.net_weight_kg,
        aggregates.gross_weight_kg,
        aggregates.value_usd,
        aggregates.value_basis,
        aggregates.invoice_value,
        aggregates.currency as invoice_currency,
        aggregates.local_value,
        aggregates.local_currency,
        aggregates.layout,
        aggregates.record_kind,
        aggregates.source_sha256,
        aggregates.source_member,
        aggregates.source_row,
    from aggregates
    left join country_keys as origins
        on {{ fold_code('aggregates.origin_country') }} = origins.country_key
    left join country_keys as dispatches
        on {{ fold_code('aggregates.dispatch_country') }} = dispatches.country_key
    left join country_keys as destinations
        on {{ fold_code('aggregates.destination_country') }} = destinations.country_key
    left join unit_keys
        on {{ fold_code('aggregates.quantity_unit') }} = unit_keys.unit_key
)

select * from final
