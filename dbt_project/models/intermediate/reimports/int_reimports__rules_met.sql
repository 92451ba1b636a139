with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

texts as (
    select * from {{ ref('int_reimports__texts') }}
    where field in ('description', 'description_english')
),

rules as (
    select * from {{ ref('int_reimports__rules') }}
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
    inner join rules
        on
            (
                {{ phrase_matches('texts.folded_text', 'rules.patterns') }}
                or {{ phrase_begins('texts.folded_text', 'rules.patterns_at_start') }}
            )
            and not {{ phrase_matches('texts.folded_text', 'rules.unless_patterns') }}
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
