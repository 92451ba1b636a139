with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('oryx', 'headings') }}
),

final as (
    select
        source_name as source,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        kind,
        text as heading_text,
        category,
        side,
        displayed_total,
        displayed_destroyed,
        displayed_damaged,
        displayed_abandoned,
        displayed_captured,
    from source
    where {{ file_was_observed() }}
)

select * from final
