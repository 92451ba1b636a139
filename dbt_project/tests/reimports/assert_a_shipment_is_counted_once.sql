-- A shipment that both sides recorded is told twice, has another number of records than two, or is led by another than
-- the Russian import line; or a record stands in two shipments. Look at int_reimports__mirrors.
with shipments as (
    select * from {{ ref('bridge_shipment_lines') }}
),

reimports as (
    select * from {{ ref('fct_reimports') }}
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

wrong_shipments as (
    select
        'shipment' as what,
        shipments.shipment_id as which,
    from shipments
    left join customs_lines
        on shipments.customs_line_id = customs_lines.customs_line_id
    group by shipments.shipment_id
    having
        count(*) <> 2
        or count_if(
            shipments.is_leading
            and shipments.shipment_id = shipments.customs_line_id
            and customs_lines.reporter_country_code = 'RU'
            and customs_lines.direction = 'import'
        ) <> 1
        or count_if(
            not shipments.is_leading
            and customs_lines.reporter_country_code <> 'RU'
            and customs_lines.direction = 'export'
            and customs_lines.destination_country_code = 'RU'
        ) <> 1
        or count(distinct customs_lines.record_kind) <> 1
),

wrong_records as (
    select
        'record in more than one shipment' as what,
        customs_line_id as which,
    from shipments
    group by customs_line_id
    having count(*) > 1
),

told_twice as (
    select
        're-import told by the record that does not lead' as what,
        reimports.reimport_id as which,
    from reimports
    inner join shipments
        on reimports.customs_line_id = shipments.customs_line_id
    where not shipments.is_leading
),

not_marked as (
    select
        're-import not marked as its shipment has it' as what,
        reimports.reimport_id as which,
    from reimports
    left join shipments as leading_records
        on
            reimports.customs_line_id = leading_records.customs_line_id
            and leading_records.is_leading
    left join shipments as mirrors
        on
            leading_records.shipment_id = mirrors.shipment_id
            and not mirrors.is_leading
    where
        coalesce(reimports.is_corroborated, false) <> (leading_records.shipment_id is not null)
        or reimports.mirror_line_id is distinct from mirrors.customs_line_id
)

select * from wrong_shipments
union all
select * from wrong_records
union all
select * from told_twice
union all
select * from not_marked
