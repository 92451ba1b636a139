with observations as (
    select * from {{ ref('stg_boomerang__observations') }}
    where source = 'ofac_sdn' or source = 'opensanctions'
),

ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
),

-- The ledger is written last: a file without its line was being read when the run was killed. A list of which nothing
-- could be taken says nothing of who is on it.
taken as (
    select
        source,
        source_sha256,
    from ledger
    group by source, source_sha256
    having sum(rows_loaded) > 0
),

final as (
    select
        observations.source as list,
        {{ day_of('observations.observed_at') }} as day,
        observations.source_sha256,
        max(observations.observed_at) as observed_at,
        dense_rank() over (
            partition by observations.source order by {{ day_of('observations.observed_at') }}
        ) as day_number,
    from observations
    inner join taken
        on observations.source = taken.source and observations.source_sha256 = taken.source_sha256
    group by observations.source, {{ day_of('observations.observed_at') }}, observations.source_sha256
)

select * from final
