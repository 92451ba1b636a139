with published as (
    select * from {{ ref('int_exchange_rates__published') }}
    where usd_per_unit is not null and currency <> 'USD'
),

-- A rate is in force until the next one of the same bank, but never longer than any holiday.
spans as (
    select
        *,
        least(
            coalesce(
                lead(rate_on) over (partition by fx_source, currency order by rate_on) - 1, cast('9999-12-31' as date)
            ),
            rate_on + {{ var('longest_rate_gap_days') }}
        ) as last_day,
    from published
),

days as (
    select
        fx_source,
        currency,
        cast(unnest(generate_series(rate_on, last_day, interval 1 day)) as date) as rate_day,
        rate_on as fx_on,
        usd_per_unit as fx_rate,
    from spans
),

-- The Bank of Russia's rates come first: a Russian declaration is reckoned by them.
ranked as (
    select
        *,
        row_number() over (
            partition by currency, rate_day order by case when fx_source = 'fx_cbr' then 1 else 2 end
        ) as place,
    from days
),

final as (
    select
        currency,
        rate_day,
        fx_on,
        fx_rate,
        fx_source,
    from ranked
    where place = 1
)

select * from final
