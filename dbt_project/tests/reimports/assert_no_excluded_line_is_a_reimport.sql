-- A line is kept out and published as a re-import at once, or a line with a tier is in neither table. Whoever counts
-- re-imports would count what a rule keeps out, or miss a line without a reason. Look at int_reimports__assessed.
with reimports as (
    select * from {{ ref('fct_reimports') }}
),

exclusions as (
    select * from {{ ref('fct_reimport_exclusions') }}
),

assessed as (
    select * from {{ ref('int_reimports__assessed') }}
)

select
    assessed.customs_line_id,
    assessed.evidence_tier,
    assessed.exclusion_rule,
    count(reimports.reimport_id) as times_a_reimport,
    count(exclusions.rule) as times_kept_out,
from assessed
left join reimports
    on assessed.customs_line_id = reimports.customs_line_id
left join exclusions
    on assessed.customs_line_id = exclusions.customs_line_id
group by assessed.customs_line_id, assessed.evidence_tier, assessed.exclusion_rule
having count(reimports.reimport_id) + count(exclusions.rule) <> 1
