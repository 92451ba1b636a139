with assessed as (
    select * from {{ ref('int_reimports__assessed') }}
),

rules_met as (
    select * from {{ ref('int_reimports__rules_met') }}
),

own_products as (
    select * from {{ ref('int_reimports__own_products') }}
),

components as (
    select * from {{ ref('int_reimports__components') }}
),

parties as (
    select * from {{ ref('int_parties__names_resolved') }}
),

found as (
    select
        customs_line_id,
        'is_declared_reimport' as signal,
        rule_id,
        field,
        field_text,
    from rules_met
    where kind = 'declared_reimport'
    union all
    select
        customs_line_id,
        'is_own_product' as signal,
        rule_id,
        field,
        field_text,
    from own_products
    union all
    select
        customs_line_id,
        'is_russian_origin' as signal,
        'origin-russia-sent-from-abroad' as rule_id,
        'origin_country' as field,
        'origin ' || origin_country_code || ', sent from ' || dispatch_country_code as field_text,
    from assessed
    where is_russian_origin
    union all
    select
        assessed.customs_line_id,
        'is_from_military_end_user' as signal,
        coalesce(min(parties.military_rule), 'register') as rule_id,
        'consignor_name' as field,
        assessed.counterparty_name as field_text,
    from assessed
    left join parties
        on assessed.counterparty_name = parties.party_name
    where assessed.is_from_military_end_user
    group by assessed.customs_line_id, assessed.counterparty_name
    union all
    select
        customs_line_id,
        'declared_return_reason' as signal,
        rule_id,
        field,
        field_text,
    from rules_met
    where kind = 'return_reason'
    union all
    select
        customs_line_id,
        'component' as signal,
        rule_id,
        field,
        field_text,
    from components
    where preference = 1
),

final as (
    select
        assessed.customs_line_id,
        list(
            {
                'signal': found.signal,
                'rule': found.rule_id,
                'text': found.field || ': ' || left(found.field_text, 300),
                'address': assessed.address
            }
            order by found.signal, found.rule_id, found.field, found.field_text
        ) as evidence,
    from assessed
    inner join found
        on assessed.customs_line_id = found.customs_line_id
    group by assessed.customs_line_id
)

select * from final
