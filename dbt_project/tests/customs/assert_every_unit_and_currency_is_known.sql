{{ config(severity='warn') }}

-- A row is a text that the seed does not know. Lines keep a unit as declared, which then meets its own kind only, and
-- nothing is converted from a currency. Add the spelling to quantity_units.csv or currencies.csv.
select
    'quantity_units' as seed,
    unit_as_declared as spelling,
    lines,
from {{ ref('int_customs__unit_keys') }}
where not is_known
union all
select
    'currencies' as seed,
    currency_as_declared as spelling,
    lines,
from {{ ref('int_customs__currency_keys') }}
where not is_known
