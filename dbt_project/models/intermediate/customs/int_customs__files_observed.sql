-- A file counts from its first observation; dropping it again says nothing new.
with observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

final as (
    select
        source_sha256,
        min(observed_at) as observed_at,
        {{ day_of('min(observed_at)') }} as observed_on,
    from observations
    where source = 'customs'
    group by source_sha256
)

select * from final
