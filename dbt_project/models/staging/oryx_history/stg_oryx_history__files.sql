with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('oryx_history', 'tables') }}
),

final as (
    select
        source_name as source,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        collector,
        kind,
        statuses,
        columns,
        unknown_columns,
    from source
    where {{ file_was_observed() }}
)

select * from final
