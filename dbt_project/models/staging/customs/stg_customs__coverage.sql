with source as (
    select * from {{ source('bronze', 'coverage') }}
),

final as (
    select
        source_sha256,
        observed_at,
        reporter_country_code,
        direction,
        covered_from,
        covered_to,
        hs_prefix,
        declared_by,
    from source
)

select * from final
