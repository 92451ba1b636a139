-- A declaration line stands twice: whatever is summed over lines counts it twice. int_customs__lines_repeated settles
-- which row of a line stands. On a night that adds files only the lines that they touch are looked at.
{% set is_all = customs_all_touched(ref('int_customs__lines_identified')) %}

with customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
    {% if not is_all %}
        where
            customs_line_id in (
                select identified.customs_line_id
                from {{ ref('int_customs__lines_identified') }} as identified
                where identified.built_at = {{ built_at() }}
            )
    {% endif %}
)

select
    customs_line_id,
    count(*) as lines_standing,
from customs_lines
group by customs_line_id
having count(*) > 1
