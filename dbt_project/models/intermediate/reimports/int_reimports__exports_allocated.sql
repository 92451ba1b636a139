-- Which earlier export which returned quantity came from. Lines that a rule keeps out take part: what came back from an
-- exhibition has used up its export too.
with goods_in as (
    select * from {{ ref('int_reimports__goods') }}
    where goods_went = 'in'
),

goods_out as (
    select * from {{ ref('int_reimports__goods') }}
    where goods_went = 'out'
),

allocated as (
    {{ allocate_goods('goods_out', 'goods_in', ['country', 'party'], 'round-trip') }}
),

final as (
    select
        allocated.demand_line_id as customs_line_id,
        allocated.supply_line_id as export_line_id,
        goods_out.declared_on as exported_on,
        allocated.quantity,
        goods_in.quantity_unit,
        allocated.rule_id,
        goods_in.party_id = goods_out.party_id as is_same_party,
    from allocated
    inner join goods_in
        on allocated.demand_line_id = goods_in.customs_line_id
    inner join goods_out
        on allocated.supply_line_id = goods_out.customs_line_id
)

select * from final
