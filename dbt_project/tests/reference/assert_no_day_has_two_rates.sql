-- A row is a currency and day with more than one rate: every line joined by it would be doubled. The spans of
-- int_exchange_rates__usd overlap.
select
    currency,
    rate_day,
    count(*) as rates,
from {{ ref('int_exchange_rates__usd') }}
group by currency, rate_day
having count(*) > 1
