-- A row is a rate that is used before its day or longer after it than a rate stays in force: a value would be
-- converted by a rate that was not there.
select
    currency,
    rate_day,
    fx_on,
from {{ ref('int_exchange_rates__usd') }}
where rate_day < fx_on or rate_day > fx_on + {{ var('longest_rate_gap_days') }}
