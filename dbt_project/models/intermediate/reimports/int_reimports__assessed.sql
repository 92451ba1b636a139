-- The tier that the signals make, and what keeps a shipment out. One row per shipment that has a tier; whether it is
-- kept is the last column.
with signals as (
    select * from {{ ref('int_reimports__signals') }}
),

round_trips as (
    select * from {{ ref('int_reimports__round_trips') }}
),

-- CONTRACT "Tiers". A round trip counts like a declaration.
tiered as (
    select
        signals.*,
        round_trips.is_round_trip,
        round_trips.round_trip_status,
        round_trips.export_line_id,
        round_trips.exported_on,
        round_trips.days_away,
        round_trips.quantity_exported_before,
        case
            when signals.is_own_product and (signals.is_declared_reimport or coalesce(round_trips.is_round_trip, false))
                then 'A'
            when signals.is_own_product then 'B'
            when
                (signals.is_declared_reimport or coalesce(round_trips.is_round_trip, false))
                and (signals.is_importer_defence_maker or signals.is_maker_defence_maker)
                then 'B'
            when signals.is_russian_origin and signals.is_importer_defence_maker then 'C'
        end as evidence_tier,
        -- A civil firm that brings its own goods back is no re-import of military goods.
        signals.is_importer_defence_maker
        or signals.is_maker_defence_maker
        or signals.is_from_military_end_user
        or coalesce(signals.component_recognised_by = 'designation', false)
        or coalesce(regexp_matches(signals.hs_code, '^(8710|93)'), false) as has_military_link,
    from signals
    left join round_trips
        on signals.customs_line_id = round_trips.customs_line_id
),

final as (
    select
        * exclude (rule_exclusion_reason, rule_exclusion),
        case
            when rule_exclusion_reason is not null then rule_exclusion_reason
            when record_side = 'foreign_export' and mirror_status = 'ambiguous' then 'possible_mirror'
            when not coalesce(has_military_link, false) then 'no_military_link'
            when not is_own_product and not is_importer_defence_maker then 'importer_is_no_defence_maker'
        end as exclusion_reason,
        case
            when rule_exclusion is not null then rule_exclusion
            when record_side = 'foreign_export' and mirror_status = 'ambiguous' then 'possible-mirror'
            when not coalesce(has_military_link, false) then 'no-military-link'
            when not is_own_product and not is_importer_defence_maker then 'importer-is-no-defence-maker'
        end as exclusion_rule,
    from tiered
    where evidence_tier is not null
)

select * from final
