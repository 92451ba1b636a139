with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('oryx_history', 'rows') }}
),

final as (
    select
        source_name as source,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        collector,
        side,
        category,
        model_spelling,
        model_text,
        leading_count,
        producer_country,
        url,
        status_text,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        qualifier,
        list_number,
        recorded_on,
        pictured_on,
    from source
    where {{ file_was_observed() }}
)

select * from final
