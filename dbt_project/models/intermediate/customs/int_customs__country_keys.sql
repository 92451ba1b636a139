-- Spellings are settled once each, not once a line.
with texts as (
    select * from {{ ref('int_customs__texts_by_file') }}
    where text_kind = 'country'
),

countries as (
    select * from {{ ref('countries') }}
),

keys as (
    select
        {{ fold_code('country_name') }} as country_key,
        any_value(nullif(country_code, '')) as country_code,
    from countries
    group by country_key
),

spellings as (
    select
        text_as_declared as country_as_declared,
        {{ fold_code('text_as_declared') }} as country_key,
        cast(sum(lines) as bigint) as lines,
    from texts
    group by text_as_declared
),

final as (
    select
        spellings.country_as_declared,
        keys.country_code,
        keys.country_key is not null as is_known,
        spellings.lines,
    from spellings
    left join keys
        on spellings.country_key = keys.country_key
)

select * from final
