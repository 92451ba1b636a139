-- A declaration line stands twice: whatever is summed over lines counts it twice. int_customs__lines_repeated settles
-- which row of a line stands. On a night that adds files only the lines that they touch are looked at.
with customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

identified as (
    select * from {{ ref('int_customs__lines_identified') }}
    where built_at = {{ built_at() }}
)

select
    customs_line_id,
    count(*) as lines_standing,
from customs_lines
{% if not customs_all_touched(ref('int_customs__lines_identified')) %}
    where customs_line_id in (select identified.customs_line_id from identified)
{% endif %}
group by customs_line_id
having count(*) > 1
