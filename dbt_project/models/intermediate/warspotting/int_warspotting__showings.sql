{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['observed_at', 'source_sha256']
) }}

with observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

files as (
    select * from {{ ref('stg_warspotting__files') }}
),

ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
),

-- The ledger is written last: a file without its lines was being read when the run was killed.
taken as (
    select
        source,
        source_sha256,
        sum(rows_loaded) as losses,
    from ledger
    group by source, source_sha256
),

-- The same record may be on file twice (pulled and ingested): it is one observation.
observed as (
    select
        source,
        observed_at,
        source_sha256,
        min(file_name) as file_name,
        bool_or(is_complete) as is_complete,
    from observations
    where source = 'warspotting'
    group by source, observed_at, source_sha256
),

judged as (
    select
        observed.source,
        observed.observed_at,
        {{ day_of('observed.observed_at') }} as observed_on,
        observed.source_sha256,
        observed.file_name,
        files.kind,
        files.shows_from,
        files.shows_to,
        coalesce(list_contains(files.fields, 'tags'), false) as tells_tags,
        case when files.kind = 'dump' then true else coalesce(observed.is_complete, false) end as is_complete,
        coalesce(taken.losses, 0) as losses,
        case
            when taken.source_sha256 is null then 'not_parsed'
            when files.source_sha256 is null then 'nothing_taken'
            -- All there is and not one loss in it: that is a source that failed, not a war that never was.
            when files.kind = 'dump' and taken.losses = 0 then 'no_losses'
            when observed.is_complete and taken.losses = 0 then 'no_losses'
        end as unread_reason,
    from observed
    left join taken
        on observed.source = taken.source and observed.source_sha256 = taken.source_sha256
    left join files
        on observed.source = files.source and observed.source_sha256 = files.source_sha256
),

-- Of two different answers filed under one moment only one can be what the source showed: the fuller one.
ranked as (
    select
        *,
        row_number() over (
            partition by observed_at
            order by unread_reason is null desc, is_complete desc, losses desc, source_sha256 desc
        ) as place,
    from judged
),

showings as (
    select
        source,
        observed_at,
        observed_on,
        source_sha256,
        file_name,
        kind,
        shows_from,
        shows_to,
        tells_tags,
        is_complete,
        cast(losses as bigint) as losses,
        coalesce(unread_reason, case when place > 1 then 'other_answer_of_the_same_moment' end) as unread_reason,
    from ranked
),

final as (
    select
        *,
        unread_reason is null as is_read,
        {{ built_at() }} as built_at,
    from showings
    {% if is_incremental() %}
    where not exists (
        select 1
        from {{ this }} as held
        where
            held.observed_at = showings.observed_at
            and held.source_sha256 = showings.source_sha256
            and held.is_complete = showings.is_complete
            and held.unread_reason is not distinct from showings.unread_reason
    )
    {% endif %}
)

select * from final
