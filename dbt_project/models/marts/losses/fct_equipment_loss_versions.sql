with versions as (
    select * from {{ ref('int_losses__versions') }}
),

equipment as (
    select * from {{ ref('int_losses__equipment_by_spelling') }}
),

sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

final as (
    select
        versions.loss_id,
        versions.source,
        versions.recorded_from,
        versions.recorded_to,
        versions.version_number,
        versions.changed,
        versions.side,
        equipment.equipment_id,
        equipment.model,
        equipment.category,
        equipment.family,
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
        {{ day_of('versions.last_shown_at') }} as last_seen_on,
        versions.page_category,
        versions.model_spelling,
        versions.vehicle_number,
        versions.producer_country,
        versions.url as oryx_url,
        cast(null as varchar) as warspotting_id,
        sources.is_synthetic,
        versions.source_sha256,
        versions.source_member,
        versions.source_row,
    from versions
    left join equipment
        on versions.folded_model = equipment.folded_model
    left join sources
        on versions.source = sources.source
)

select * from final
