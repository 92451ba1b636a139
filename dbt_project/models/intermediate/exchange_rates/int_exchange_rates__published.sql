with cbr_rates as (
    select * from {{ ref('stg_fx_cbr__rates') }}
),

observations as (
    select
        source as fx_source,
        source_sha256,
        max(observed_at) as observed_at,
    from {{ ref('stg_boomerang__observations') }}
    where source = 'fx_cbr' or source = 'fx_ecb'
    group by source, source_sha256
),

-- The ECB's table is whole each time, and a new one comes with each pull: the newest says all.
ecb_rates as (
    select rates.*
    from {{ ref('stg_fx_ecb__rates') }} as rates
    where rates.source_sha256 = (
        select arg_max(source_sha256, { 'at': observed_at, 'file': source_sha256 })
        from observations
        where fx_source = 'fx_ecb'
    )
),

-- A unit's worth in the bank's own money, as a fraction of whole numbers. The bank's own money has no record of its
-- own: its rate rests on the dollar's.
worths as (
    select
        'fx_cbr' as fx_source,
        currency,
        rate_on,
        nominal,
        roubles as value,
        {{ smallest_units('roubles') }} as numerator,
        cast(nominal as hugeint) as denominator,
        source_sha256,
        source_member,
        source_row,
    from cbr_rates
    union all
    select
        'fx_cbr' as fx_source,
        'RUB' as currency,
        rate_on,
        1 as nominal,
        1 as value,
        cast(100000000 as hugeint) as numerator,
        cast(1 as hugeint) as denominator,
        source_sha256,
        source_member,
        source_row,
    from cbr_rates
    where currency = 'USD'
    union all
    select
        'fx_ecb' as fx_source,
        currency,
        rate_on,
        1 as nominal,
        units_per_euro as value,
        cast(1 as hugeint) as numerator,
        {{ smallest_units('units_per_euro') }} as denominator,
        source_sha256,
        source_member,
        source_row,
    from ecb_rates
    union all
    select
        'fx_ecb' as fx_source,
        'EUR' as currency,
        rate_on,
        1 as nominal,
        1 as value,
        cast(1 as hugeint) as numerator,
        cast(100000000 as hugeint) as denominator,
        source_sha256,
        source_member,
        source_row,
    from ecb_rates
    where currency = 'USD'
),

-- The latest observation decides what a bank's rate of a day is, whatever order the files arrived in.
ranked as (
    select
        worths.*,
        observations.observed_at,
        row_number() over (
            partition by worths.fx_source, worths.currency, worths.rate_on
            order by
                observations.observed_at desc, worths.source_sha256 desc, worths.source_member desc,
                worths.source_row desc
        ) as place,
    from worths
    inner join observations
        on worths.fx_source = observations.fx_source and worths.source_sha256 = observations.source_sha256
),

standing as (
    select * from ranked
    where place = 1
),

dollars as (
    select * from standing
    where currency = 'USD'
),

final as (
    select
        standing.fx_source,
        standing.currency,
        standing.rate_on,
        standing.nominal,
        standing.value,
        {{ exact_ratio('standing.numerator * dollars.denominator', 'standing.denominator * dollars.numerator') }}
            as usd_per_unit,
        standing.source_sha256,
        standing.source_member,
        standing.source_row,
    from standing
    left join dollars
        on standing.fx_source = dollars.fx_source and standing.rate_on = dollars.rate_on
)

select * from final
