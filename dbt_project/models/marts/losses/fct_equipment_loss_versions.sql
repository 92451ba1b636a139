with versions as (
    select * from {{ ref('int_losses__versions') }}
),

warspotting_versions as (
    select * from {{ ref('int_losses__warspotting_versions') }}
),

matches as (
    select * from {{ ref('int_losses__warspotting_matches') }}
),

equipment as (
    select * from {{ ref('int_losses__equipment_by_spelling') }}
),

sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

all_versions as (
    select
        versions.loss_id,
        versions.source,
        versions.recorded_from,
        versions.recorded_to,
        versions.version_number,
        versions.changed,
        versions.side,
        versions.folded_model,
        versions.status,
        versions.is_destroyed,
        versions.is_damaged,
        versions.is_abandoned,
        versions.is_captured,
        versions.status_text,
        versions.qualifier,
        versions.lost_on,
        versions.lost_on_basis,
        versions.pictured_on,
        versions.first_seen_on,
        versions.last_shown_at,
        versions.is_withdrawal_observable,
        versions.withdrawal_basis,
        versions.uncertainty,
        versions.page_category,
        versions.model_spelling,
        versions.vehicle_number,
        versions.producer_country,
        versions.url as oryx_url,
        matches.warspotting_id,
        versions.collector,
        versions.source_sha256,
        versions.source_member,
        versions.source_row,
        versions.other_rows,
    from versions
    left join matches
        on versions.loss_id = matches.loss_id
    union all by name
    select * exclude (is_only_here) from warspotting_versions
),

final as (
    select
        all_versions.loss_id,
        all_versions.source,
        all_versions.recorded_from,
        all_versions.recorded_to,
        all_versions.version_number,
        all_versions.changed,
        all_versions.side,
        equipment.equipment_id,
        equipment.model,
        equipment.category,
        equipment.family,
        all_versions.status,
        all_versions.is_destroyed,
        all_versions.is_damaged,
        all_versions.is_abandoned,
        all_versions.is_captured,
        all_versions.status_text,
        all_versions.qualifier,
        all_versions.lost_on,
        all_versions.lost_on_basis,
        all_versions.pictured_on,
        all_versions.first_seen_on,
        {{ day_of('all_versions.last_shown_at') }} as last_seen_on,
        all_versions.is_withdrawal_observable,
        all_versions.withdrawal_basis,
        all_versions.uncertainty,
        all_versions.page_category,
        all_versions.model_spelling,
        all_versions.vehicle_number,
        all_versions.producer_country,
        all_versions.oryx_url,
        cast(all_versions.warspotting_id as varchar) as warspotting_id,
        all_versions.collector,
        sources.is_synthetic,
        all_versions.source_sha256,
        all_versions.source_member,
        all_versions.source_row,
        all_versions.other_rows,
    from all_versions
    left join equipment
        on all_versions.folded_model = equipment.folded_model
    left join sources
        on all_versions.source = sources.source
)

select * from final
