{{ config(severity='warn') }}

-- A row is a rate that two observations give differently: banks do not revise rates, so one of the files was changed
-- or misread. The later observation stands; look at both. (Of the ECB's tables, which are whole each time, the newest
-- two are compared.)
with ecb_tables as (
    select
        source_sha256,
        row_number() over (order by max(observed_at) desc, source_sha256 desc) as place,
    from {{ ref('stg_boomerang__observations') }}
    where source = 'fx_ecb'
    group by source_sha256
),

rates as (
    select
        'fx_cbr' as fx_source,
        currency,
        rate_on,
        cast(roubles as varchar) || ' for ' || cast(nominal as varchar) as published,
    from {{ ref('stg_fx_cbr__rates') }}
    union all
    select
        'fx_ecb' as fx_source,
        ecb_rates.currency,
        ecb_rates.rate_on,
        cast(ecb_rates.units_per_euro as varchar) as published,
    from {{ ref('stg_fx_ecb__rates') }} as ecb_rates
    inner join ecb_tables
        on ecb_rates.source_sha256 = ecb_tables.source_sha256 and ecb_tables.place <= 2
)

select
    fx_source,
    currency,
    rate_on,
    string_agg(distinct published, ', ' order by published) as published,
from rates
group by fx_source, currency, rate_on
having count(distinct published) > 1
