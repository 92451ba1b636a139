with exports_allocated as (
    select * from {{ ref('int_reimports__exports_allocated') }}
),

reimports as (
    select * from {{ ref('fct_reimports') }}
),

exports as (
    select * from {{ ref('int_reimports__exports') }}
),

final as (
    select
        reimports.reimport_id,
        exports_allocated.export_line_id,
        exports_allocated.quantity,
        exports_allocated.quantity_unit,
        exports_allocated.exported_on,
        exports_allocated.rule_id as rule,
        exports_allocated.is_same_party,
        exports.record_kind,
        exports.source_sha256,
        exports.source_member,
        exports.source_row,
    from exports_allocated
    inner join reimports
        on exports_allocated.customs_line_id = reimports.customs_line_id
    inner join exports
        on exports_allocated.export_line_id = exports.customs_line_id
)

select * from final
