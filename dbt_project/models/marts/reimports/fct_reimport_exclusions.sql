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
        assessed.customs_line_id,
        min(rules_met.field || ': ' || left(rules_met.field_text, 300)) as rule_text,
    from assessed
    inner join rules_met
        on
            (
                assessed.customs_line_id = rules_met.customs_line_id
                or assessed.mirror_line_id = rules_met.customs_line_id
            )
            and assessed.exclusion_rule = rules_met.rule_id
    group by assessed.customs_line_id
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
        on assessed.customs_line_id = texts.customs_line_id
)

select * from final
