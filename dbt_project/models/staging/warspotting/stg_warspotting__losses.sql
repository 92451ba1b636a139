with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('warspotting', 'losses') }}
),

final as (
    select
        source_name as source,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        warspotting_id,
        lost_on,
        type,
        model as model_spelling,
        status_text,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        lost_by,
        side,
        nearest_location,
        latitude,
        longitude,
        unit,
        tags,
        comment,
        source_links,
        photo_links,
    from source
    where {{ file_was_observed() }}
)

select * from final
