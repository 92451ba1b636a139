-- If A's import has B's export for its mirror, then B's export has A's import, with the opposite gap.
with flows as (
    select * from {{ ref('mart_trade_flows') }}
)

select flows.*
from flows
left join flows as others
    on
        flows.reporter_code = others.partner_code
        and flows.partner_code = others.reporter_code
        and flows.period = others.period
        and flows.hs6 = others.hs6
        and flows.flow = case others.flow when 'M' then 'X' when 'X' then 'M' end
where
    flows.mirror_value_usd is not null
    and (
        others.mirror_value_usd is distinct from flows.value_usd
        or others.value_usd is distinct from flows.mirror_value_usd
        or others.gap_usd is distinct from -flows.gap_usd
        or flows.reporter_code = flows.partner_code
        or not flows.counts_in_totals
    )
