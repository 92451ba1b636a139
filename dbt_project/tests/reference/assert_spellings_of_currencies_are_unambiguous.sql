-- A row is a spelling that, compared without case and signs, stands for two currencies: take one out of the seed.
select
    {{ fold_code('currency_as_declared') }} as currency_key,
    string_agg(distinct currency_code, ', ' order by currency_code) as currency_codes,
from {{ ref('currencies') }}
group by currency_key
having count(distinct currency_code) > 1
