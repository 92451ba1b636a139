with source as (
    select
        *,
        {{ bronze_source_name() }} as source_name,
    from {{ source('warspotting', 'answers') }}
),

observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

-- What a pull asked for is known of the observation; a dump holds every loss that its maker had.
asked as (
    select
        source,
        source_sha256,
        bool_or(is_complete) as is_complete,
    from observations
    group by source, source_sha256
),

final as (
    select
        source.source_name as source,
        source._source_sha256 as source_sha256,
        source.kind,
        source.shows_from,
        source.shows_to,
        case when source.kind = 'dump' then true else coalesce(asked.is_complete, false) end as is_complete,
        source.fields,
        source.unknown_fields,
    from source
    left join asked
        on source.source_name = asked.source and source._source_sha256 = asked.source_sha256
    where {{ file_was_observed() }}
)

select * from final
