-- What came in and what went out, in the terms in which they are compared: whose, which, where to or from, when, how
-- much. A line whose part was not recognised is in here, and meets nothing.
with signals as (
    select * from {{ ref('int_reimports__signals') }}
),

exports as (
    select * from {{ ref('int_reimports__exports') }}
),

own_products as (
    select distinct customs_line_id from {{ ref('int_reimports__own_products') }}
),

components as (
    select * from {{ ref('int_reimports__components') }}
    where preference = 1
),

came_in as (
    select
        customs_line_id,
        'in' as goods_went,
        record_kind,
        declared_on,
        case
            when is_own_product then coalesce(importer_group_id, importer_id)
            else coalesce(maker_group_id, manufacturer_id, importer_group_id, importer_id)
        end as maker_key,
        counterparty_country_code as country_code,
        counterparty_id as party_id,
        is_counterparty_registered as is_party_registered,
        case when component_recognised_by = 'designation' then component_id end as designation,
        component_class,
        heading_traced,
        -- The maker is not named, nothing says that the goods ever were in Russia: kind and heading are not enough.
        is_own_product
        or manufacturer_id is not null
        or is_declared_reimport
        or coalesce(is_russian_origin, false) as may_match_by_kind,
        quantity,
        quantity_unit,
    from signals
),

went_out as (
    select
        exports.customs_line_id,
        'out' as goods_went,
        exports.record_kind,
        exports.declared_on,
        case
            when own_products.customs_line_id is not null then coalesce(exports.exporter_group_id, exports.exporter_id)
            else coalesce(
                exports.maker_group_id, exports.manufacturer_id, exports.exporter_group_id, exports.exporter_id
            )
        end as maker_key,
        exports.buyer_country_code as country_code,
        exports.buyer_id as party_id,
        exports.is_buyer_registered as is_party_registered,
        case when components.recognised_by = 'designation' then components.component_id end as designation,
        components.component_class,
        exports.heading_traced,
        true as may_match_by_kind,
        exports.quantity,
        exports.quantity_unit,
    from exports
    left join own_products
        on exports.customs_line_id = own_products.customs_line_id
    left join components
        on exports.customs_line_id = components.customs_line_id
),

final as (
    select * from came_in
    union all by name
    select * from went_out
)

select * from final
