-- What went back after a defect or a repair was declared: later exports of the same goods by the same maker to the same
-- country, each quantity against the oldest claim that is still open.
with claims as (
    select goods.*
    from {{ ref('int_reimports__goods') }} as goods
    inner join {{ ref('int_reimports__assessed') }} as assessed
        on goods.customs_line_id = assessed.customs_line_id
    where
        goods.goods_went = 'in'
        and assessed.exclusion_reason is null
        and (assessed.declared_return_reason = 'defect_claim' or assessed.declared_return_reason = 'repair')
),

goods_out as (
    select * from {{ ref('int_reimports__goods') }}
    where goods_went = 'out'
),

allocated as (
    {{ allocate_goods('claims', 'goods_out', ['country'], 'return') }}
),

final as (
    select
        allocated.supply_line_id as customs_line_id,
        allocated.demand_line_id as export_line_id,
        goods_out.declared_on as returned_on,
        allocated.quantity,
        allocated.rule_id,
    from allocated
    inner join goods_out
        on allocated.demand_line_id = goods_out.customs_line_id
)

select * from final
