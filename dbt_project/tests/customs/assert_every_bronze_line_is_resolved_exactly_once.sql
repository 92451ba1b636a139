-- A row of a customs file is lost between bronze and the marts, or stands there twice: totals would be wrong and nobody
-- would see it. Look the row up in int_customs__lines_resolved; joins there and in fct_customs_lines must find one row.
-- On a night that adds files only the lines that they touch are looked at; the ledger counts all.
{% set is_all = customs_all_touched(ref('int_customs__lines_identified')) %}

with
{% if not is_all %}
    touched as (
        select distinct customs_line_id
        from {{ ref('int_customs__lines_identified') }}
        where built_at = {{ built_at() }}
    ),
{% endif %}

lines as (
    {% if is_all %}
        select * from {{ ref('stg_customs__lines') }}
    {% else %}
        select identified.*
        from {{ ref('int_customs__lines_identified') }} as identified
        where identified.customs_line_id in (select touched.customs_line_id from touched)
    {% endif %}
),

standing as (
    select * from {{ ref('fct_customs_lines') }}
),

superseded as (
    select * from {{ ref('customs_lines_superseded') }}
),

duplicates as (
    select * from {{ ref('int_customs__lines_repeated') }}
    where resolution = 'duplicate'
),

settled as (
    select
        source_sha256,
        source_member,
        source_row,
        'standing' as settled_as,
    from standing
    {% if not is_all %}
        where customs_line_id in (select touched.customs_line_id from touched)
    {% endif %}
    union all
    select
        source_sha256,
        source_member,
        source_row,
        'superseded' as settled_as,
    from superseded
    {% if not is_all %}
        where customs_line_id in (select touched.customs_line_id from touched)
    {% endif %}
    union all
    select
        source_sha256,
        source_member,
        source_row,
        'duplicate' as settled_as,
    from duplicates
    {% if not is_all %}
        where customs_line_id in (select touched.customs_line_id from touched)
    {% endif %}
),

times_settled as (
    select
        source_sha256,
        source_member,
        source_row,
        count(*) as times_settled,
        string_agg(settled_as, ', ' order by settled_as) as settled_as,
    from settled
    group by source_sha256, source_member, source_row
)

select
    coalesce(lines.source_sha256, times_settled.source_sha256) as source_sha256,
    coalesce(lines.source_member, times_settled.source_member) as source_member,
    coalesce(lines.source_row, times_settled.source_row) as source_row,
    coalesce(times_settled.times_settled, 0) as times_settled,
    times_settled.settled_as,
from lines
full outer join times_settled
    on
        lines.source_sha256 = times_settled.source_sha256
        and lines.source_member = times_settled.source_member
        and lines.source_row = times_settled.source_row
where
    lines.source_row is null
    or times_settled.times_settled is distinct from 1
