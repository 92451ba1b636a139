with versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
),

latest as (
    select *
    from versions
    qualify row_number() over (partition by loss_id, source order by recorded_from desc) = 1
),

named as (
    select
        loss_id,
        string_agg(source, ', ' order by source) as sources,
    from latest
    group by loss_id
),

-- Of several sources that have a loss one leads: where it still stands, else where it stood last.
chosen as (
    select *
    from latest
    qualify row_number() over (
        partition by loss_id order by recorded_to is null desc, recorded_to desc, source asc
    ) = 1
),

final as (
    select
        chosen.loss_id,
        chosen.side,
        named.sources,
        chosen.equipment_id,
        chosen.model,
        chosen.category,
        chosen.family,
        chosen.status,
        chosen.is_destroyed,
        chosen.is_damaged,
        chosen.is_abandoned,
        chosen.is_captured,
        chosen.lost_on,
        chosen.lost_on_basis,
        chosen.first_seen_on,
        chosen.last_seen_on,
        {{ day_of('chosen.recorded_to') }} as withdrawn_on,
        chosen.pictured_on,
        chosen.status_text,
        chosen.qualifier,
        chosen.page_category,
        chosen.model_spelling,
        chosen.vehicle_number,
        chosen.producer_country,
        chosen.oryx_url,
        chosen.warspotting_id,
        chosen.version_number as versions,
        chosen.is_synthetic,
        chosen.source_sha256,
        chosen.source_member,
        chosen.source_row,
    from chosen
    inner join named
        on chosen.loss_id = named.loss_id
)

select * from final
