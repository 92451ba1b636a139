-- Spellings are settled once each, not once a line.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
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

declared as (
    select
        origin_country as country_as_declared,
        count(*) as lines
    from lines
    group by all
    union all
    select
        dispatch_country as country_as_declared,
        count(*) as lines
    from lines
    group by all
    union all
    select
        destination_country as country_as_declared,
        count(*) as lines
    from lines
    group by all
),

spellings as (
    select
        country_as_declared,
        {{ fold_code('country_as_declared') }} as country_key,
        cast(sum(lines) as bigint) as lines,
    from declared
    where country_as_declared is not null
    group by country_as_declared
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
