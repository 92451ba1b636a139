with assessed as (
    select * from {{ ref('int_reimports__assessed') }}
    where exclusion_reason is null
),

evidence as (
    select * from {{ ref('int_reimports__evidence') }}
),

final as (
    select
        'reimport-' || assessed.customs_line_id as reimport_id,
        assessed.customs_line_id,
        assessed.declaration_number,
        assessed.line_number,
        assessed.declared_on,
        assessed.known_from,
        assessed.importer_id,
        assessed.importer_name,
        assessed.counterparty_id,
        assessed.counterparty_name,
        assessed.counterparty_country_code,
        assessed.manufacturer_id,
        assessed.manufacturer_name,
        assessed.component_id,
        assessed.component_class,
        assessed.hs6,
        assessed.procedure_code,
        assessed.description,
        assessed.quantity,
        assessed.quantity_unit,
        assessed.net_weight_kg,
        assessed.value_usd,
        assessed.value_basis,
        assessed.evidence_tier,
        assessed.is_declared_reimport,
        assessed.is_own_product,
        assessed.is_round_trip,
        assessed.round_trip_status,
        assessed.is_russian_origin,
        assessed.is_from_military_end_user,
        assessed.declared_return_reason,
        assessed.record_side as leading_record,
        -- Unknown where records of the other side could be this shipment's, more than one equally.
        case
            when assessed.mirror_status = 'matched' then true
            when assessed.mirror_status = 'none' then false
        end as is_corroborated,
        assessed.mirror_line_id,
        assessed.export_line_id,
        assessed.exported_on,
        assessed.days_away,
        assessed.quantity_exported_before,
        evidence.evidence,
        assessed.record_kind,
        assessed.source_sha256,
        assessed.source_member,
        assessed.source_row,
    from assessed
    left join evidence
        on assessed.customs_line_id = evidence.customs_line_id
)

select * from final
