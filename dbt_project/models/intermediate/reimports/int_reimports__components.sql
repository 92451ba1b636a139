with texts as (
    select *
    from {{ ref('int_reimports__texts') }}
    where field = 'description' or field = 'description_english' or field = 'trade_mark'
),

-- Each text is read once, however many lines say the same.
distinct_texts as materialized (
    select
        field_text,
        any_value(folded_text) as folded_text,
        {{ fold_designations('field_text') }} as designation_text,
        {{ squeeze_designations('field_text') }} as squeezed_text,
    from texts
    group by field_text
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

-- Materialised: expressions that differ from row to row are slow, and few texts come near a designation.
near as materialized (
    select
        distinct_texts.field_text,
        distinct_texts.folded_text,
        distinct_texts.designation_text,
        designations.component_id,
        designations.component_class,
        designations.expression,
        designations.words_needed,
    from distinct_texts
    inner join designations
        on contains(distinct_texts.squeezed_text, designations.squeezed)
),

named as (
    select distinct
        field_text,
        component_id,
        component_class,
    from near
    where
        regexp_matches(designation_text, expression)
        and (words_needed is null or {{ phrase_matches('folded_text', 'words_needed') }})
),

of_a_kind as materialized (
    select
        distinct_texts.field_text,
        class_rules.rule_id,
    from distinct_texts
    inner join class_rules
        on
            {{ phrase_matches('distinct_texts.folded_text', 'class_rules.patterns') }}
            and not {{ phrase_matches('distinct_texts.folded_text', 'class_rules.unless_patterns') }}
),

by_designation as (
    select
        texts.customs_line_id,
        named.component_id,
        named.component_class,
        'designation' as recognised_by,
        named.component_id as rule_id,
        texts.field,
        texts.field_text,
        0 as priority,
    from texts
    inner join named
        on texts.field_text = named.field_text
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
    inner join of_a_kind
        on texts.field_text = of_a_kind.field_text
    inner join class_rules
        on
            of_a_kind.rule_id = class_rules.rule_id
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
