-- Spellings are settled once each, not once a line.
with texts as (
    select * from {{ ref('int_customs__texts_by_file') }}
    where text_kind = 'currency'
),

currencies as (
    select * from {{ ref('currencies') }}
),

keys as (
    select
        {{ fold_code('currency_as_declared') }} as currency_key,
        any_value(currency_code) as currency_code,
    from currencies
    group by currency_key
),

spellings as (
    select
        text_as_declared as currency_as_declared,
        {{ fold_code('text_as_declared') }} as currency_key,
        cast(sum(lines) as bigint) as lines,
    from texts
    group by text_as_declared
),

final as (
    select
        spellings.currency_as_declared,
        keys.currency_code,
        keys.currency_key is not null as is_known,
        spellings.lines,
    from spellings
    left join keys
        on spellings.currency_key = keys.currency_key
)

select * from final
