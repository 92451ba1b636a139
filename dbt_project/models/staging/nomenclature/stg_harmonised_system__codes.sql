with source as (
    select * from {{ source('bronze_harmonised_system', 'codes') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        code,
        name as name_en,
    from source
    where {{ file_was_observed() }}
)

select * from final
