-- One spelling stands for two countries or two units: lines would be told of either, by chance. Take it out of all rows
-- of seeds/reference but one, or mark it `unresolved`.
with countries as (
    select * from {{ ref('countries') }}
),

units as (
    select * from {{ ref('quantity_units') }}
),

spellings as (
    select
        'country' as kind,
        {{ fold_code('country_name') }} as spelling,
        country_code as meaning,
    from countries
    union all
    select
        'unit' as kind,
        {{ fold_code('unit_as_declared') }} as spelling,
        quantity_unit as meaning,
    from units
)

select
    kind,
    spelling,
    string_agg(distinct meaning, ', ' order by meaning) as meanings,
from spellings
group by kind, spelling
having count(distinct coalesce(meaning, '')) > 1
