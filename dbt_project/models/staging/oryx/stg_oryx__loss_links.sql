with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('oryx', 'loss_links') }}
),

final as (
    select
        source_name as source,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        entry_row,
        side,
        category,
        model as model_spelling,
        url,
        link_text,
        numbers,
        status_text,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        qualifier,
        pictured_on,
    from source
    where {{ file_was_observed() }}
)

select * from final
