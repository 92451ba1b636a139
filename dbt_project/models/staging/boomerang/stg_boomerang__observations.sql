with source as (
    select * from {{ source('bronze', 'observations') }}
),

final as (
    select
        source,
        observed_at,
        sha256 as source_sha256,
        bytes,
        file_name,
        landed_path,
        origin,
        url,
        http_status,
        layout,
        accepted_because,
        shows_from,
        shows_to,
        is_complete,
    from source
)

select * from final
