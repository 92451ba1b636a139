-- More of an export was allocated than was exported, more of a re-import than came in, an export that was not earlier,
-- of another unit or kind of record, or the trip is told otherwise than the allocation has it. One export would explain
-- two re-imports. Look at int_reimports__exports_allocated.
with allocations as (
    select * from {{ ref('bridge_reimport_exports') }}
),

reimports as (
    select * from {{ ref('fct_reimports') }}
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

by_export as (
    select
        export_line_id,
        sum(quantity) as quantity_allocated,
    from allocations
    group by export_line_id
),

by_reimport as (
    select
        reimport_id,
        sum(quantity) as quantity_allocated,
        min(exported_on) as first_exported_on,
    from allocations
    group by reimport_id
),

wrong_pairs as (
    select
        'pair' as what,
        allocations.reimport_id || ' <- ' || allocations.export_line_id as which,
    from allocations
    left join reimports
        on allocations.reimport_id = reimports.reimport_id
    left join customs_lines as exports
        on allocations.export_line_id = exports.customs_line_id
    where
        not coalesce(
            allocations.quantity > 0
            and exports.declared_on < reimports.declared_on
            and exports.declared_on = allocations.exported_on
            and exports.quantity_unit = reimports.quantity_unit
            and exports.record_kind = reimports.record_kind
            and exports.reporter_country_code = 'RU'
            and exports.direction = 'export',
            false
        )
),

wrong_exports as (
    select
        'export used up beyond its quantity' as what,
        by_export.export_line_id as which,
    from by_export
    inner join customs_lines as exports
        on by_export.export_line_id = exports.customs_line_id
    where by_export.quantity_allocated > exports.quantity
),

wrong_reimports as (
    select
        're-import' as what,
        reimports.reimport_id as which,
    from reimports
    left join by_reimport
        on reimports.reimport_id = by_reimport.reimport_id
    where
        coalesce(by_reimport.quantity_allocated, 0) > coalesce(reimports.quantity, 0)
        or by_reimport.quantity_allocated is distinct from reimports.quantity_exported_before
        or by_reimport.first_exported_on is distinct from reimports.exported_on
        or coalesce(reimports.is_round_trip, false) <> (by_reimport.reimport_id is not null)
        or reimports.days_away is distinct from date_diff('day', by_reimport.first_exported_on, reimports.declared_on)
)

select * from wrong_pairs
union all
select * from wrong_exports
union all
select * from wrong_reimports
