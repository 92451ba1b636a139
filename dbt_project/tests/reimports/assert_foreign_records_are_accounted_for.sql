-- A foreign export line with a tier of its own is no re-import, no exclusion and no record of a shipment that Russia
-- declared: it was lost on the way. Look at int_reimports__signals and int_reimports__mirrors.
with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
    where record_side = 'foreign_export'
),

signals as (
    select * from {{ ref('int_reimports__signals') }}
),

shipments as (
    select * from {{ ref('bridge_shipment_lines') }}
),

accounted_for as (
    select
        candidates.customs_line_id,
        signals.customs_line_id is not null as leads_itself,
        shipments.customs_line_id is not null as is_mirror,
    from candidates
    left join signals
        on candidates.customs_line_id = signals.customs_line_id
    left join shipments
        on candidates.customs_line_id = shipments.customs_line_id
)

select *
from accounted_for
where leads_itself = is_mirror
