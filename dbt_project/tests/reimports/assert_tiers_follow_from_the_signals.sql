-- A re-import's tier is not what its signals make (A = own product and declared or round trip; B = own product alone,
-- or declared or round trip by a maker of arms; C = Russian origin, sent from abroad to a maker of arms), or the line
-- is no record of goods that went into Russia.
with reimports as (
    select * from {{ ref('fct_reimports') }}
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

judged as (
    select
        reimports.*,
        coalesce(organisations.role = 'defence_maker', false) as is_importer_defence_maker,
        customs_lines.reporter_country_code,
        customs_lines.direction,
        customs_lines.destination_country_code,
        customs_lines.origin_country_code,
        customs_lines.dispatch_country_code,
        customs_lines.procedure,
        coalesce(
            customs_lines.record_kind = reimports.record_kind
            and coalesce(customs_lines.quantity, -1) = coalesce(reimports.quantity, -1)
            and coalesce(customs_lines.value_usd, -1) = coalesce(reimports.value_usd, -1)
            and coalesce(customs_lines.declared_on, date '1900-01-01')
            = coalesce(reimports.declared_on, date '1900-01-01'),
            false
        ) as is_as_declared,
    from reimports
    left join customs_lines
        on reimports.customs_line_id = customs_lines.customs_line_id
    left join organisations
        on reimports.importer_id = organisations.organisation_id
)

select *
from judged
where
    not coalesce(
        case leading_record
            when 'russian_import' then reporter_country_code = 'RU' and direction = 'import'
            when 'foreign_export'
                then reporter_country_code <> 'RU' and direction = 'export' and destination_country_code = 'RU'
        end,
        false
    )
    or not is_as_declared
    or (procedure = '60' and leading_record = 'russian_import' and not is_declared_reimport)
    or (is_russian_origin and (origin_country_code <> 'RU' or dispatch_country_code = 'RU'))
    or (is_round_trip and export_line_id is null)
    or (leading_record = 'foreign_export' and is_corroborated)
    or evidence_tier is distinct from case
        when is_own_product and (is_declared_reimport or coalesce(is_round_trip, false)) then 'A'
        when is_own_product then 'B'
        when (is_declared_reimport or coalesce(is_round_trip, false)) and is_importer_defence_maker then 'B'
        when is_russian_origin and is_importer_defence_maker then 'C'
    end
