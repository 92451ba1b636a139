with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

texts as (
    select texts.*
    from {{ ref('int_reimports__texts') }} as texts
    inner join candidates
        on texts.customs_line_id = candidates.customs_line_id
    where texts.field = 'description' or texts.field = 'description_english'
),

-- The rules as analysts write them, folded. Those that need more than a line's own words and codes are settled in the
-- model that they name.
rules as (
    select
        rule_id,
        kind,
        outcome,
        priority,
        string_split(nullif(hs_prefixes, ''), '|') as hs_prefixes,
        string_split(nullif(procedures, ''), '|') as procedures,
        string_split(nullif(previous_procedures, ''), '|') as previous_procedures,
        {{ phrase_patterns('phrases') }} as patterns,
        {{ phrase_patterns('phrases_at_start') }} as patterns_at_start,
        {{ phrase_patterns('unless') }} as unless_patterns,
        {{ phrases_expression('negations') }} as negations,
    from {{ ref('reimport_rules') }}
    where
        settled_in is null
        and (kind = 'declared_reimport' or kind = 'return_reason' or kind = 'exclusion')
),

-- Rules without words: heading and procedure alone.
met_by_code as (
    select
        candidates.customs_line_id,
        rules.rule_id,
        rules.kind,
        rules.outcome,
        rules.priority,
        case
            when rules.hs_prefixes is not null then 'hs_code'
            else 'procedure_code'
        end as field,
        case
            when rules.hs_prefixes is not null then candidates.hs_code
            else candidates.procedure_code
        end as field_text,
    from candidates
    inner join rules
        on
            rules.patterns is null
            and rules.patterns_at_start is null
            -- Another country's procedures have other numbers.
            and (rules.procedures is null or candidates.record_side = 'russian_import')
            and (
                rules.hs_prefixes is null
                or list_bool_or(list_transform(
                    rules.hs_prefixes, lambda prefix: starts_with(coalesce(candidates.hs_code, ''), prefix)
                ))
            )
            and (rules.procedures is null or list_contains(rules.procedures, candidates.procedure))
            and (
                rules.previous_procedures is null
                or list_contains(rules.previous_procedures, candidates.previous_procedure)
            )
),

-- Words are looked for once in each text, however many lines say the same.
distinct_texts as (
    select distinct folded_text from texts
),

-- Materialised: the expressions of negations differ from rule to rule, which is slow, and few texts need them.
worded as materialized (
    select
        distinct_texts.folded_text,
        rules.rule_id,
        rules.patterns,
        rules.patterns_at_start,
        rules.negations,
    from distinct_texts
    inner join rules
        on
            (
                {{ phrase_matches('distinct_texts.folded_text', 'rules.patterns') }}
                or {{ phrase_begins('distinct_texts.folded_text', 'rules.patterns_at_start') }}
            )
            and not {{ phrase_matches('distinct_texts.folded_text', 'rules.unless_patterns') }}
),

-- "Without defects" is no defect: what the rule still meets when the negations are taken out. Materialised too, else
-- they would be taken out once for every phrase.
affirming as materialized (
    select
        *,
        case
            when negations is null then folded_text else regexp_replace(folded_text, negations, ' ', 'g')
        end as affirming_text,
    from worded
),

affirmed as (
    select
        folded_text,
        rule_id,
    from affirming
    where
        {{ phrase_matches('affirming_text', 'patterns') }}
        or {{ phrase_begins('affirming_text', 'patterns_at_start') }}
),

met_by_words as (
    select
        texts.customs_line_id,
        rules.rule_id,
        rules.kind,
        rules.outcome,
        rules.priority,
        texts.field,
        texts.field_text,
    from texts
    inner join candidates
        on texts.customs_line_id = candidates.customs_line_id
    inner join affirmed
        on texts.folded_text = affirmed.folded_text
    inner join rules
        on
            affirmed.rule_id = rules.rule_id
            and (
                rules.hs_prefixes is null
                or list_bool_or(list_transform(
                    rules.hs_prefixes, lambda prefix: starts_with(coalesce(candidates.hs_code, ''), prefix)
                ))
            )
),

final as (
    select * from met_by_code
    union all
    select * from met_by_words
)

select * from final
