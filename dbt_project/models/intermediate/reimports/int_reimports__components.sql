-- Which part is it? A designation in the text first, else the class by heading and words.
with texts as (
    select
        *,
        {{ fold_designations('field_text') }} as designation_text,
        {{ squeeze_designations('field_text') }} as squeezed_text,
    from {{ ref('int_reimports__texts') }}
    where field = 'description' or field = 'description_english' or field = 'trade_mark'
),

spelled as (
    select
        *,
        unnest(string_split(spellings, '|')) as spelling,
        {{ phrase_patterns('needs_words') }} as words_needed,
    from {{ ref('components') }}
),

designations as (
    select
        *,
        {{ designation_expression('spelling', 'variants') }} as expression,
        -- Letters that are written as two in Latin have no coarse key: the expression alone decides.
        case
            when not regexp_matches(upper(spelling), '[ЖХЦЧШЩЮЯ]') then {{ squeeze_designations('spelling') }} else ''
        end as squeezed,
    from spelled
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
        designations.component_id,
        designations.component_class,
        'designation' as recognised_by,
        designations.component_id as rule_id,
        texts.field,
        texts.field_text,
        0 as priority,
    from texts
    inner join designations
        on contains(texts.squeezed_text, designations.squeezed)
    where
        regexp_matches(texts.designation_text, designations.expression)
        and (
            designations.words_needed is null
            or {{ phrase_matches('texts.folded_text', 'designations.words_needed') }}
        )
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
    inner join class_rules
        on
            {{ phrase_matches('texts.folded_text', 'class_rules.patterns') }}
            and not {{ phrase_matches('texts.folded_text', 'class_rules.unless_patterns') }}
            and (
                texts.hs_code is null
                or list_bool_or(list_transform(
                    class_rules.headings, lambda heading: starts_with(texts.hs_code, heading)
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
