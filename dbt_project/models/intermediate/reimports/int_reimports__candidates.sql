-- The wide, cheap filter: only lines that some tier could take are read closely. Into Russia, by Russia's record or by
-- the other side's: the importer or the maker on the line is a registered maker of arms, or the maker is the importer.
-- And foreign export lines that could be the other record of such an import.
-- Not materialised: each reading takes a few columns of the whole table.
with lines as not materialized (
    select * from {{ ref('fct_customs_lines') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

successions as (
    select * from {{ ref('hs_successions') }}
),

tolerances as (
    select
        max(value) filter (where tolerance = 'days_export_before_import') as days_export_before_import,
        max(value) filter (where tolerance = 'days_import_before_export') as days_import_before_export,
    from {{ ref('mirror_tolerances') }}
),

defence_makers as (
    select organisation_id
    from organisations
    where role = 'defence_maker'
),

of_makers as (
    select
        customs_line_id,
        reporter_country_code,
        dispatch_country_code,
        consignor_id,
        declared_on,
        hs_code,
        record_kind,
    from lines
    where
        (
            (reporter_country_code = 'RU' and direction = 'import')
            or (reporter_country_code <> 'RU' and direction = 'export' and destination_country_code = 'RU')
        )
        and (
            consignee_id in (select defence_makers.organisation_id from defence_makers)
            or manufacturer_id in (select defence_makers.organisation_id from defence_makers)
            or manufacturer_id = consignee_id
        )
),

-- What a foreign record of such an import would look like.
sought as (
    select distinct
        of_makers.record_kind,
        coalesce(of_makers.dispatch_country_code, counterparties.country_code) as country_code,
        coalesce(successions.formerly, left(of_makers.hs_code, 4)) as heading_traced,
        of_makers.declared_on,
    from of_makers
    left join organisations as counterparties
        on of_makers.consignor_id = counterparties.organisation_id
    left join successions
        on left(of_makers.hs_code, 4) = successions.hs_code
    where of_makers.reporter_country_code = 'RU'
),

possible_mirrors as (
    select distinct lines.customs_line_id
    from lines
    left join successions
        on left(lines.hs_code, 4) = successions.hs_code
    cross join tolerances
    inner join sought
        on
            lines.reporter_country_code = sought.country_code
            and lines.record_kind = sought.record_kind
            and coalesce(successions.formerly, left(lines.hs_code, 4)) = sought.heading_traced
            and date_diff('day', lines.declared_on, sought.declared_on)
            between -tolerances.days_import_before_export and tolerances.days_export_before_import
    where
        lines.reporter_country_code <> 'RU'
        and lines.direction = 'export'
        and lines.destination_country_code = 'RU'
),

chosen as (
    select customs_line_id from of_makers
    union
    select customs_line_id from possible_mirrors
),

final as (
    select
        lines.customs_line_id,
        case when lines.reporter_country_code = 'RU' then 'russian_import' else 'foreign_export' end as record_side,
        lines.reporter_country_code,
        lines.declared_on,
        lines.declaration_number,
        lines.line_number,
        lines.consignee_id as importer_id,
        lines.consignee_name as importer_name,
        importers.group_id as importer_group_id,
        coalesce(importers.is_registered, false) as is_importer_registered,
        coalesce(importers.role, 'not_known') = 'defence_maker' as is_importer_defence_maker,
        lines.consignor_id as counterparty_id,
        lines.consignor_name as counterparty_name,
        coalesce(counterparties.is_registered, false) as is_counterparty_registered,
        -- Who exports a thing sends it from there, unless the line says otherwise.
        coalesce(
            lines.dispatch_country_code,
            case when lines.reporter_country_code <> 'RU' then lines.reporter_country_code end,
            counterparties.country_code
        ) as counterparty_country_code,
        coalesce(counterparties.is_military_end_user, false) as is_from_military_end_user,
        lines.manufacturer_id,
        lines.manufacturer_name,
        makers.group_id as maker_group_id,
        coalesce(makers.role, 'not_known') = 'defence_maker' as is_maker_defence_maker,
        lines.trade_mark,
        lines.origin_country_code,
        coalesce(
            lines.dispatch_country_code,
            case when lines.reporter_country_code <> 'RU' then lines.reporter_country_code end
        ) as dispatch_country_code,
        lines.hs_code,
        lines.hs6,
        coalesce(headings.formerly, left(lines.hs_code, 4)) as heading_traced,
        coalesce(subheadings.formerly, lines.hs6) as hs6_traced,
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
    inner join chosen
        on lines.customs_line_id = chosen.customs_line_id
    left join organisations as importers
        on lines.consignee_id = importers.organisation_id
    left join organisations as makers
        on lines.manufacturer_id = makers.organisation_id
    left join organisations as counterparties
        on lines.consignor_id = counterparties.organisation_id
    left join successions as headings
        on left(lines.hs_code, 4) = headings.hs_code
    left join successions as subheadings
        on lines.hs6 = subheadings.hs_code
)

select * from final
