-- Spellings are settled once each, not once a line.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
),

units as (
    select * from {{ ref('quantity_units') }}
),

keys as (
    select
        {{ fold_code('unit_as_declared') }} as unit_key,
        any_value(quantity_unit) as quantity_unit,
    from units
    group by unit_key
),

spellings as (
    select
        quantity_unit as unit_as_declared,
        {{ fold_code('quantity_unit') }} as unit_key,
        count(*) as lines,
    from lines
    where quantity_unit is not null
    group by quantity_unit
),

final as (
    select
        spellings.unit_as_declared,
        keys.quantity_unit,
        keys.unit_key is not null as is_known,
        spellings.lines,
    from spellings
    left join keys
        on spellings.unit_key = keys.unit_key
)

select * from final
