with source as (
    select * from {{ source('bronze_comtrade', 'answers') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        frequency,
        asked_side,
        area_code,
        periods,
    from source
    where {{ file_was_observed() }}
)

select * from final
