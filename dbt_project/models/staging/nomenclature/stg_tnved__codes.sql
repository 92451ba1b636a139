with source as (
    select * from {{ source('bronze_tnved', 'codes') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        level,
        code,
        name as name_ru,
        valid_from,
        valid_to,
        edition,
        edition_on,
    from source
    where {{ file_was_observed() }}
)

select * from final
