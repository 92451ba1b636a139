-- Areas are joined on UN Comtrade's own number: two numbers may stand for one country (India 699, and 356 to 1974), and
-- one number may mean something else than in ISO 3166 (492 is "Europe EU, nes", not Monaco).
with flows as (
    select * from {{ ref('int_comtrade__flows_standing') }}
),

countries as (
    select * from {{ ref('countries') }}
),

exceptions as (
    select * from {{ ref('comtrade_areas') }}
),

numbers as (
    select
        cast(country_name as integer) as area_code,
        any_value(country_code) as country_code,
    from countries
    where regexp_full_match(country_name, '\d{3}')
    group by area_code
),

met as (
    select reporter_code as area_code from flows
    union
    select partner_code as area_code from flows
),

final as (
    select
        met.area_code,
        case
            when exceptions.area_code is not null then nullif(exceptions.country_code, '')
            else numbers.country_code
        end as country_code,
        coalesce(exceptions.is_group, false) as is_group,
        exceptions.area_code is not null or numbers.area_code is not null as is_known,
    from met
    left join exceptions
        on met.area_code = exceptions.area_code
    left join numbers
        on met.area_code = numbers.area_code
)

select * from final
