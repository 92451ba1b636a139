with matches as (
    select * from {{ ref('int_losses__warspotting_matches') }}
),

oryx_losses as (
    select * from {{ ref('int_matching__oryx_losses') }}
),

oryx_versions as (
    select * from {{ ref('int_losses__versions') }}
),

warspotting_records as (
    select * from {{ ref('int_matching__warspotting_records') }}
),

warspotting_versions as (
    select * from {{ ref('int_warspotting__versions') }}
),

sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

final as (
    select
        matches.loss_id,
        matches.warspotting_id,
        matches.match_score,
        matches.match_rule,
        matches.explanation,
        oryx_losses.model,
        oryx_losses.status,
        oryx_losses.first_seen_on,
        warspotting_records.model as warspotting_model,
        warspotting_records.status as warspotting_status,
        warspotting_records.lost_on,
        oryx_versions.pictured_on,
        cast(warspotting_records.lost_on - oryx_versions.pictured_on as integer) as days_from_picture,
        oryx_versions.url as oryx_url,
        oryx_versions.source as oryx_source,
        oryx_versions.source_sha256 as oryx_source_sha256,
        oryx_versions.source_member as oryx_source_member,
        oryx_versions.source_row as oryx_source_row,
        warspotting_versions.source_sha256 as warspotting_source_sha256,
        warspotting_versions.source_member as warspotting_source_member,
        warspotting_versions.source_row as warspotting_source_row,
        sources.is_synthetic,
    from matches
    inner join oryx_losses
        on matches.loss_id = oryx_losses.loss_id
    inner join oryx_versions
        on
            oryx_losses.loss_id = oryx_versions.loss_id
            and oryx_losses.source = oryx_versions.source
            and oryx_losses.version_number = oryx_versions.version_number
    inner join warspotting_records
        on matches.warspotting_id = warspotting_records.warspotting_id
    inner join warspotting_versions
        on
            warspotting_records.warspotting_id = warspotting_versions.warspotting_id
            and warspotting_records.version_number = warspotting_versions.version_number
    left join sources
        on oryx_versions.source = sources.source
)

select * from final
