-- Which part is it? A designation in the text first, else the class by heading and words.
with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

texts as (
    select * from {{ ref('int_reimports__texts') }}
    where field in ('description', 'description_english', 'trade_mark')
),

components as (
    select
        *,
        {{ phrase_patterns('spellings') }} as patterns,
    from {{ ref('components') }}
),

class_rules as (
    select
        *,
        string_split(nullif(hs_prefixes, ''), '|') as headings,
        {{ phrase_patterns('phrases') }} as patterns,
        {{ phrase_patterns('unless') }} as unless_patterns,
    from {{ ref('component_class_rules') }}
),

by_designation as (
    select
        texts.customs_line_id,
        components.component_id,
        components.component_class,
        'designation' as recognised_by,
        components.component_id as rule_id,
        texts.field,
        texts.field_text,
        0 as priority,
    from texts
    inner join components
        on {{ phrase_matches('texts.folded_text', 'components.patterns') }}
),

by_class as (
    select
        texts.customs_line_id,
        'class-' || class_rules.component_class as component_id,
        class_rules.component_class,
        'class' as recognised_by,
        class_rules.rule_id,
        texts.field,
        texts.field_text,
        class_rules.priority,
    from texts
    inner join candidates
        on texts.customs_line_id = candidates.customs_line_id
    inner join class_rules
        on
            {{ phrase_matches('texts.folded_text', 'class_rules.patterns') }}
            and not {{ phrase_matches('texts.folded_text', 'class_rules.unless_patterns') }}
            and (
                candidates.hs_code is null
                or list_bool_or(list_transform(
                    class_rules.headings, lambda heading: starts_with(candidates.hs_code, heading)
                ))
            )
),

recognised as (
    select * from by_designation
    union all
    select * from by_class
),

final as (
    select
        customs_line_id,
        component_id,
        component_class,
        recognised_by,
        rule_id,
        field,
        field_text,
        row_number() over (
            partition by customs_line_id order by priority, component_id, rule_id, field
        ) as preference,
    from recognised
    qualify row_number() over (
        partition by customs_line_id, component_id order by priority, rule_id, field
    ) = 1
)

select * from final
