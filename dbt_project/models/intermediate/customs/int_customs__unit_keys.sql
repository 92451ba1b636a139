-- Spellings are settled once each, not once a line.
with texts as (
    select * from {{ ref('int_customs__texts_by_file') }}
    where text_kind = 'quantity_unit'
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
        text_as_declared as unit_as_declared,
        {{ fold_code('text_as_declared') }} as unit_key,
        cast(sum(lines) as bigint) as lines,
    from texts
    group by text_as_declared
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
