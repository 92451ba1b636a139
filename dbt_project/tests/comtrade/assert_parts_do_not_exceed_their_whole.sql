-- Re-imports are a part of imports, re-exports of exports: a part that is larger than its whole was read from another
-- question, or the whole is missing.
select *
from {{ ref('mart_trade_flows') }}
where of_which_reimports_usd > value_usd or of_which_reexports_usd > value_usd
