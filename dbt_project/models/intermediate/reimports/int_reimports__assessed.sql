-- Signals, the tier that they make, and what keeps a line out. One row per line that has a tier; whether it is kept is
-- the last column.
with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
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

outcomes as (
    select
        customs_line_id,
        bool_or(kind = 'declared_reimport') as is_declared_reimport,
        arg_min(outcome, { 'priority': priority, 'rule': rule_id })
        filter (where kind = 'return_reason') as declared_return_reason,
        arg_min(outcome, { 'priority': priority, 'rule': rule_id })
        filter (where kind = 'exclusion') as exclusion_reason,
        arg_min(rule_id, { 'priority': priority, 'rule': rule_id })
        filter (where kind = 'exclusion') as exclusion_rule,
    from rules_met
    group by customs_line_id
),

own as (
    select distinct customs_line_id from own_products
),

signals as (
    select
        candidates.*,
        coalesce(outcomes.is_declared_reimport, false) as is_declared_reimport,
        own.customs_line_id is not null as is_own_product,
        -- Unknown where the line does not say enough, and then no signal.
        case
            when candidates.origin_country_code <> 'RU' or candidates.dispatch_country_code = 'RU' then false
            when candidates.origin_country_code = 'RU' and candidates.dispatch_country_code is not null then true
        end as is_russian_origin,
        coalesce(outcomes.declared_return_reason, 'none') as declared_return_reason,
        outcomes.exclusion_reason,
        outcomes.exclusion_rule,
        preferred.component_id,
        preferred.component_class,
        preferred.recognised_by as component_recognised_by,
    from candidates
    left join outcomes
        on candidates.customs_line_id = outcomes.customs_line_id
    left join own
        on candidates.customs_line_id = own.customs_line_id
    left join components as preferred
        on
            candidates.customs_line_id = preferred.customs_line_id
            and preferred.preference = 1
),

-- CONTRACT "Tiers". A round trip would count like a declaration; it is not evaluated yet.
tiered as (
    select
        *,
        case
            when is_own_product and is_declared_reimport then 'A'
            when is_own_product then 'B'
            when is_declared_reimport and (is_importer_defence_maker or is_maker_defence_maker) then 'B'
            when is_russian_origin and is_importer_defence_maker then 'C'
        end as evidence_tier,
        -- A civil firm that brings its own goods back is no re-import of military goods.
        is_importer_defence_maker
        or is_maker_defence_maker
        or is_from_military_end_user
        or component_recognised_by = 'designation'
        or coalesce(regexp_matches(hs_code, '^(8710|93)'), false) as has_military_link,
    from signals
),

final as (
    select
        * exclude (exclusion_reason, exclusion_rule),
        case
            when exclusion_reason is not null then exclusion_reason
            when not coalesce(has_military_link, false) then 'no_military_link'
            when not is_own_product and not is_importer_defence_maker then 'importer_is_no_defence_maker'
        end as exclusion_reason,
        case
            when exclusion_reason is not null then exclusion_rule
            when not coalesce(has_military_link, false) then 'no-military-link'
            when not is_own_product and not is_importer_defence_maker then 'importer-is-no-defence-maker'
        end as exclusion_rule,
    from tiered
    where evidence_tier is not null
)

select * from final
