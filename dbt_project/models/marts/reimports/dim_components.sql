with components as (
    select * from {{ ref('components') }}
),

class_rules as (
    select * from {{ ref('component_class_rules') }}
),

designations as (
    select
        component_id,
        designation,
        component_class,
        name,
        'designation' as recognised_by,
        citation,
    from components
),

classes as (
    select
        'class-' || component_class as component_id,
        cast(null as varchar) as designation,
        component_class,
        first(note order by priority, rule_id) as name,
        'class' as recognised_by,
        'Rules ' || string_agg(rule_id, ', ' order by rule_id) || ' of component_class_rules.csv' as citation,
    from class_rules
    group by component_class
),

final as (
    select * from designations
    union all
    select * from classes
)

select * from final
