with sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

-- A source may deliver several files: each name is a series of its own.
compared as (
    select
        source,
        observed_at,
        source_sha256,
        lag(source_sha256) over (
            partition by source, file_name order by observed_at, source_sha256
        ) as previous_sha256,
    from observations
),

observed as (
    select
        source,
        max(observed_at) as last_good_pull_at,
        max(observed_at) filter (where source_sha256 is distinct from previous_sha256) as last_changed_at,
    from compared
    group by source
),

final as (
    select
        sources.source,
        observed.last_good_pull_at,
        observed.last_changed_at,
        coalesce(
            observed.last_good_pull_at + sources.fresh_for_hours * interval 1 hour
            < timezone('UTC', {{ built_at() }}),
            true
        ) as is_stale,
        sources.fresh_for_hours,
        sources.cadence,
        sources.licence,
        sources.may_redistribute,
        sources.title,
        sources.publisher,
        sources.address,
        sources.side,
        sources.profile,
        sources.is_synthetic,
    from sources
    left join observed
        on sources.source = observed.source
)

select * from final
