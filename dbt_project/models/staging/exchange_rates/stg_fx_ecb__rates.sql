with source as (
    select * from {{ source('bronze_fx_ecb', 'rates') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        rate_on,
        currency,
        value as units_per_euro,
    from source
    where {{ file_was_observed() }}
)

select * from final
