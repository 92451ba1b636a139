with source as (
    select * from {{ source('bronze', 'sources') }}
),

final as (
    select
        name as source,
        title,
        publisher,
        address,
        cadence,
        fresh_for_hours,
        licence,
        may_redistribute,
        side,
        parser_version,
        profile,
        is_synthetic,
    from source
)

select * from final
