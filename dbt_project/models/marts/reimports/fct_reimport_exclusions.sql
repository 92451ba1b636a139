with assessed as (
    select * from {{ ref('int_reimports__assessed') }}
    where exclusion_reason is not null
),

rules_met as (
    select * from {{ ref('int_reimports__rules_met') }}
    where kind = 'exclusion'
),

texts as (
    select
        customs_line_id,
        rule_id,
        min(field || ': ' || left(field_text, 300)) as rule_text,
    from rules_met
    group by customs_line_id, rule_id
),

final as (
    select
        assessed.customs_line_id,
        assessed.exclusion_reason as reason,
        assessed.exclusion_rule as rule,
        texts.rule_text,
        assessed.evidence_tier as tier_without_exclusion,
        assessed.declared_on,
        assessed.importer_id,
        assessed.importer_name,
        assessed.counterparty_name,
        assessed.counterparty_country_code,
        assessed.hs6,
        assessed.description,
        assessed.value_usd,
        assessed.value_basis,
        assessed.record_kind,
        assessed.source_sha256,
        assessed.source_member,
        assessed.source_row,
    from assessed
    left join texts
        on
            assessed.customs_line_id = texts.customs_line_id
            and assessed.exclusion_rule = texts.rule_id
)

select * from final
