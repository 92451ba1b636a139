-- The rules as analysts write them (seeds/reference/reimport_rules.csv), folded once.
with rules as (
    select * from {{ ref('reimport_rules') }}
),

final as (
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
        citation,
    from rules
)

select * from final
