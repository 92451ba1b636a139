-- Of a declaration line that was declared more than once, not the latest statement stands: a corrected figure would be
-- published uncorrected, or a line counted twice. Compare the files named here; int_customs__lines_repeated settles it.
-- On a night that adds files only the declarations that they name are looked at.
{% set is_all = customs_all_touched(ref('int_customs__lines_identified')) %}

with staged as (
    select * from {{ ref('stg_customs__lines') }}
    where line_number > 0 and declaration_number <> ''
),

lines as (
    select * from staged
    {% if not is_all %}
        {% set touched_files = customs_files_touched(ref('int_customs__lines_identified')) %}
        where
            declaration_number in (
                select tonight.declaration_number
                from {{ ref('stg_customs__lines') }} as tonight
                where {{ is_one_of_files('tonight.source_sha256', touched_files) }}
            )
    {% endif %}
),

observations as (
    select * from {{ ref('stg_boomerang__observations') }}
    where source = 'customs'
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

first_observed as (
    select
        source_sha256,
        min(observed_at) as observed_at,
    from observations
    group by source_sha256
),

said_more_than_once as (
    select
        record_kind,
        reporter_country_code,
        direction,
        declaration_number,
        line_number,
    from lines
    group by record_kind, reporter_country_code, direction, declaration_number, line_number
    having count(*) > 1
),

said_last as (
    select lines.*
    from lines
    inner join said_more_than_once
        on
            lines.record_kind = said_more_than_once.record_kind
            and lines.reporter_country_code = said_more_than_once.reporter_country_code
            and lines.direction = said_more_than_once.direction
            and lines.declaration_number = said_more_than_once.declaration_number
            and lines.line_number = said_more_than_once.line_number
    inner join first_observed
        on lines.source_sha256 = first_observed.source_sha256
    qualify row_number() over (
        partition by
            lines.record_kind, lines.reporter_country_code, lines.direction, lines.declaration_number,
            lines.line_number
        order by
            first_observed.observed_at desc, lines.source_sha256 desc, lines.source_member desc,
            lines.source_row desc
    ) = 1
)

select
    said_last.declaration_number,
    said_last.line_number,
    said_last.source_sha256 as said_last_in,
    said_last.source_row as said_last_in_row,
    count(customs_lines.customs_line_id) as lines_standing,
    min(customs_lines.source_sha256) as stands_from,
    min(customs_lines.source_row) as stands_from_row,
from said_last
left join customs_lines
    on
        said_last.record_kind = customs_lines.record_kind
        and said_last.reporter_country_code = customs_lines.reporter_country_code
        and said_last.direction = customs_lines.direction
        and said_last.declaration_number = customs_lines.declaration_number
        and said_last.line_number = customs_lines.line_number
group by all
having
    count(customs_lines.customs_line_id) <> 1
    or bool_or(said_last.declared_on is distinct from customs_lines.declared_on)
    or bool_or(said_last.procedure_code is distinct from customs_lines.procedure_code)
    or bool_or(said_last.consignor_name is distinct from customs_lines.consignor_name)
    or bool_or(said_last.consignee_name is distinct from customs_lines.consignee_name)
    or bool_or(said_last.manufacturer_name is distinct from customs_lines.manufacturer_name)
    or bool_or(said_last.hs_code is distinct from customs_lines.hs_code)
    or bool_or(said_last.description is distinct from customs_lines.description)
    or bool_or(said_last.quantity is distinct from customs_lines.quantity)
    or bool_or(said_last.net_weight_kg is distinct from customs_lines.net_weight_kg)
    -- A value that was made from another amount of the line is not declared.
    or bool_or(
        said_last.value_usd
        is distinct from case when customs_lines.currency is null then customs_lines.value_usd end
    )
    or bool_or(said_last.customs_value_rub is distinct from customs_lines.customs_value_rub)
    or bool_or(said_last.invoice_value is distinct from customs_lines.invoice_value)
