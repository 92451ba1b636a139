with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('warspotting', 'unread_ids') }}
),

final as (
    select
        source_name as source,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        warspotting_id,
    from source
    where {{ file_was_observed() }}
)

select * from final
