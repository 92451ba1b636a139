-- Only lines that some tier could take are read closely: the importer or the maker on the line is a registered maker of
-- arms, or the maker is the importer.
with lines as (
    select * from {{ ref('fct_customs_lines') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

final as (
    select
        lines.customs_line_id,
        lines.declared_on,
        lines.declaration_number,
        lines.line_number,
        lines.consignee_id as importer_id,
        lines.consignee_name as importer_name,
        importers.group_id as importer_group_id,
        coalesce(importers.role, 'not_known') = 'defence_maker' as is_importer_defence_maker,
        lines.consignor_id as counterparty_id,
        lines.consignor_name as counterparty_name,
        coalesce(lines.dispatch_country_code, counterparties.country_code) as counterparty_country_code,
        coalesce(counterparties.is_military_end_user, false) as is_from_military_end_user,
        lines.manufacturer_id,
        lines.manufacturer_name,
        makers.group_id as maker_group_id,
        coalesce(makers.role, 'not_known') = 'defence_maker' as is_maker_defence_maker,
        lines.trade_mark,
        lines.origin_country_code,
        lines.dispatch_country_code,
        lines.hs_code,
        lines.hs6,
        lines.procedure_code,
        lines.procedure,
        lines.previous_procedure,
        lines.description,
        lines.description_english,
        lines.quantity,
        lines.quantity_unit,
        lines.net_weight_kg,
        lines.value_usd,
        lines.value_basis,
        lines.known_from,
        lines.record_kind,
        lines.source_sha256,
        lines.source_member,
        lines.source_row,
        lines.source_sha256 || '/' || coalesce(lines.source_member, '') || '/' || lines.source_row as address,
    from lines
    left join organisations as importers
        on lines.consignee_id = importers.organisation_id
    left join organisations as makers
        on lines.manufacturer_id = makers.organisation_id
    left join organisations as counterparties
        on lines.consignor_id = counterparties.organisation_id
    where
        lines.reporter_country_code = 'RU'
        and lines.direction = 'import'
        and (
            importers.role = 'defence_maker'
            or makers.role = 'defence_maker'
            or lines.manufacturer_id = lines.consignee_id
        )
)

select * from final
