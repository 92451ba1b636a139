-- How far our records of Russian exports reach, as declared, for the goods and the kind of record of each shipment.
-- Spans that touch are one; a gap ends what can be observed.
with signals as (
    select * from {{ ref('int_reimports__signals') }}
),

coverage as (
    select * from {{ ref('customs_coverage') }}
    where reporter_country_code = 'RU' and direction = 'export'
),

lines as (
    select distinct
        source_sha256,
        record_kind,
    from {{ ref('fct_customs_lines') }}
    where source_sha256 in (select coverage.source_sha256 from coverage)
),

-- What a file of invented lines covers says nothing of real ones. A file of which no line stands counts for every kind.
spans as (
    select
        coverage.covered_from,
        coverage.covered_to,
        coverage.hs_prefix,
        lines.record_kind,
    from coverage
    left join lines
        on coverage.source_sha256 = lines.source_sha256
),

applicable as (
    select distinct
        signals.customs_line_id,
        signals.declared_on,
        spans.covered_from,
        spans.covered_to,
    from signals
    inner join spans
        on
            (spans.record_kind is null or signals.record_kind = spans.record_kind)
            and (nullif(spans.hs_prefix, '') is null or starts_with(signals.hs_code, spans.hs_prefix))
),

reaching as (
    select
        *,
        max(covered_to) over (
            partition by customs_line_id order by covered_from, covered_to
            rows between unbounded preceding and 1 preceding
        ) as covered_to_before,
    from applicable
),

numbered as (
    select
        *,
        sum(case when covered_from <= covered_to_before + 1 then 0 else 1 end) over (
            partition by customs_line_id order by covered_from, covered_to rows unbounded preceding
        ) as stretch,
    from reaching
),

stretches as (
    select
        customs_line_id,
        declared_on,
        stretch,
        min(covered_from) as covered_from,
        max(covered_to) as covered_to,
    from numbered
    group by customs_line_id, declared_on, stretch
),

final as (
    select
        customs_line_id,
        min(covered_from) as first_covered_on,
        -- Later exports begin on the day after.
        max(covered_to) filter (where covered_from <= declared_on + 1 and covered_to > declared_on) as observable_until,
    from stretches
    group by customs_line_id
)

select * from final
