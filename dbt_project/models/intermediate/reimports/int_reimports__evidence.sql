-- What speaks for each signal: rule, words, and the address of the record that holds them. A record of the other side,
-- or an earlier export, stands under its own address.
with assessed as (
    select * from {{ ref('int_reimports__assessed') }}
),

candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

exports as (
    select * from {{ ref('int_reimports__exports') }}
),

exports_allocated as (
    select * from {{ ref('int_reimports__exports_allocated') }}
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

-- The records of a shipment: the leading one, and the other side's.
records as (
    select
        assessed.customs_line_id as leading_line_id,
        candidates.*,
    from assessed
    inner join candidates
        on assessed.customs_line_id = candidates.customs_line_id or assessed.mirror_line_id = candidates.customs_line_id
),

read_in_records as (
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
    from candidates
    where origin_country_code = 'RU' and dispatch_country_code <> 'RU'
    union all
    select
        candidates.customs_line_id,
        'is_from_military_end_user' as signal,
        coalesce(min(parties.military_rule), 'register') as rule_id,
        'consignor_name' as field,
        candidates.counterparty_name as field_text,
    from candidates
    left join parties
        on candidates.counterparty_name = parties.party_name
    where candidates.is_from_military_end_user
    group by candidates.customs_line_id, candidates.counterparty_name
    union all
    select
        customs_line_id,
        'declared_return_reason' as signal,
        rule_id,
        field,
        field_text,
    from rules_met
    where kind = 'return_reason'
),

read_in_components as (
    select
        records.leading_line_id,
        'component' as signal,
        components.rule_id,
        components.field || ': ' || left(components.field_text, 300) as words,
        records.address,
    from assessed
    inner join records
        on assessed.customs_line_id = records.leading_line_id
    inner join components
        on
            records.customs_line_id = components.customs_line_id
            and assessed.component_id = components.component_id
),

found as (
    select
        records.leading_line_id,
        read_in_records.signal,
        read_in_records.rule_id,
        read_in_records.field || ': ' || left(read_in_records.field_text, 300) as words,
        records.address,
    from read_in_records
    inner join records
        on read_in_records.customs_line_id = records.customs_line_id
    union all
    select * from read_in_components
    union all
    select
        exports_allocated.customs_line_id as leading_line_id,
        'is_round_trip' as signal,
        exports_allocated.rule_id,
        'exported on ' || exports.declared_on || ' to ' || coalesce(exports.buyer_name, 'a buyer that is not named')
        || ', ' || coalesce(exports.buyer_country_code, 'no country') || ', declaration '
        || coalesce(exports.declaration_number, 'without a number') || ': '
        || {{ plain_number('exports_allocated.quantity') }} || ' of ' || {{ plain_number('exports.quantity') }} || ' '
        || exports.quantity_unit || ' used up; description: '
        || left(coalesce(exports.description, exports.description_english, ''), 300) as words,
        exports.address,
    from exports_allocated
    inner join exports
        on exports_allocated.export_line_id = exports.customs_line_id
    union all
    select
        assessed.customs_line_id as leading_line_id,
        'is_corroborated' as signal,
        assessed.mirror_rule as rule_id,
        'declared by ' || records.reporter_country_code || ' on ' || records.declared_on || ', declaration '
        || coalesce(records.declaration_number, 'without a number') || ', sender '
        || coalesce(records.counterparty_name, 'not named') || ', importer '
        || coalesce(records.importer_name, 'not named') || '; description: '
        || left(coalesce(records.description, records.description_english, ''), 300) as words,
        records.address,
    from assessed
    inner join records
        on assessed.mirror_line_id = records.customs_line_id
    where assessed.mirror_status = 'matched'
),

told_once as (
    select distinct * from found
),

-- A signal that the shipment does not raise has no evidence: what the leading record says outright, the other does not
-- overrule.
final as (
    select
        assessed.customs_line_id,
        list(
            {
                'signal': found.signal,
                'rule': found.rule_id,
                'text': found.words,
                'address': found.address
            }
            order by found.signal, found.rule_id, found.words, found.address
        ) as evidence,
    from assessed
    inner join told_once as found
        on
            assessed.customs_line_id = found.leading_line_id
            and (found.signal <> 'is_russian_origin' or coalesce(assessed.is_russian_origin, false))
    group by assessed.customs_line_id
)

select * from final
