-- One row per shipment, under its leading record: Russia's import line, else the foreign export line alone. A signal is
-- raised where either record raises it; what the leading record says outright, the other does not overrule.
with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

mirrors as (
    select * from {{ ref('int_reimports__mirrors') }}
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

records as (
    select
        candidates.customs_line_id,
        case
            when mirrors.mirror_status = 'matched' and candidates.record_side = 'foreign_export'
                then mirrors.mirror_line_id
            else candidates.customs_line_id
        end as leading_line_id,
        coalesce(mirrors.mirror_status, 'none') as mirror_status,
        case when mirrors.mirror_status = 'matched' then mirrors.mirror_line_id end as mirror_line_id,
        mirrors.rule_id as mirror_rule,
        candidates.is_from_military_end_user,
        -- Unknown where the line does not say enough, and then no signal.
        case
            when candidates.origin_country_code <> 'RU' or candidates.dispatch_country_code = 'RU' then false
            when candidates.origin_country_code = 'RU' and candidates.dispatch_country_code is not null then true
        end as is_russian_origin,
    from candidates
    left join mirrors
        on candidates.customs_line_id = mirrors.customs_line_id
),

outcomes as (
    select
        records.leading_line_id,
        bool_or(rules_met.kind = 'declared_reimport') as is_declared_reimport,
        arg_min(rules_met.outcome, { 'priority': rules_met.priority, 'rule': rules_met.rule_id })
        filter (where rules_met.kind = 'return_reason') as declared_return_reason,
        arg_min(rules_met.outcome, { 'priority': rules_met.priority, 'rule': rules_met.rule_id })
        filter (where rules_met.kind = 'exclusion') as rule_exclusion_reason,
        arg_min(rules_met.rule_id, { 'priority': rules_met.priority, 'rule': rules_met.rule_id })
        filter (where rules_met.kind = 'exclusion') as rule_exclusion,
    from rules_met
    inner join records
        on rules_met.customs_line_id = records.customs_line_id
    group by records.leading_line_id
),

own as (
    select distinct records.leading_line_id
    from own_products
    inner join records
        on own_products.customs_line_id = records.customs_line_id
),

-- A designation beats a kind of part, whichever record names it.
preferred as (
    select
        records.leading_line_id,
        components.component_id,
        components.component_class,
        components.recognised_by,
    from components
    inner join records
        on components.customs_line_id = records.customs_line_id
    qualify row_number() over (
        partition by records.leading_line_id
        order by
            components.recognised_by desc,
            components.customs_line_id <> records.leading_line_id asc,
            components.preference asc,
            components.component_id asc
    ) = 1
),

other_records as (
    select
        leading_line_id,
        bool_or(is_from_military_end_user) as is_from_military_end_user,
        bool_or(is_russian_origin) as is_russian_origin,
    from records
    where customs_line_id <> leading_line_id
    group by leading_line_id
),

final as (
    select
        candidates.* exclude (is_from_military_end_user),
        records.mirror_status,
        records.mirror_line_id,
        records.mirror_rule,
        candidates.is_from_military_end_user
        or coalesce(other_records.is_from_military_end_user, false) as is_from_military_end_user,
        coalesce(outcomes.is_declared_reimport, false) as is_declared_reimport,
        own.leading_line_id is not null as is_own_product,
        coalesce(records.is_russian_origin, other_records.is_russian_origin) as is_russian_origin,
        coalesce(outcomes.declared_return_reason, 'none') as declared_return_reason,
        outcomes.rule_exclusion_reason,
        outcomes.rule_exclusion,
        preferred.component_id,
        preferred.component_class,
        preferred.recognised_by as component_recognised_by,
    from candidates
    inner join records
        on
            candidates.customs_line_id = records.customs_line_id
            and records.customs_line_id = records.leading_line_id
    left join other_records
        on candidates.customs_line_id = other_records.leading_line_id
    left join outcomes
        on candidates.customs_line_id = outcomes.leading_line_id
    left join own
        on candidates.customs_line_id = own.leading_line_id
    left join preferred
        on candidates.customs_line_id = preferred.leading_line_id
)

select * from final
