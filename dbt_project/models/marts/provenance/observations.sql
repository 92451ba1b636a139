with observations as (
    select * from {{ ref('stg_boomerang__observations') }}
),

ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
),

pages_observed as (
    select * from {{ ref('int_losses__pages_observed') }}
),

warspotting_showings as (
    select * from {{ ref('int_warspotting__showings') }}
),

-- Whether bytes were new when they came depends on the order of arrival, and is left out.
observed as (
    select
        source,
        observed_at,
        source_sha256,
        min(file_name) as file_name,
        string_agg(distinct origin, ', ' order by origin) as origin,
        min(url) as url,
        min(bytes) as bytes,
    from observations
    group by source, observed_at, source_sha256
),

done as (
    select
        source,
        source_sha256,
        sum(rows_in) as rows_in,
        sum(rows_loaded) as rows_loaded,
    from ledger
    group by source, source_sha256
),

judged as (
    select
        observed.source,
        observed.observed_at,
        observed.source_sha256,
        {{ day_of('observed.observed_at') }} as observed_on,
        observed.file_name,
        observed.origin,
        observed.url,
        observed.bytes,
        case
            when pages_observed.source is not null then pages_observed.unread_reason
            when warspotting_showings.source_sha256 is not null then warspotting_showings.unread_reason
            when done.source_sha256 is null then 'not_parsed'
            when done.rows_in > 0 and done.rows_loaded = 0 then 'nothing_taken'
        end as unread_reason,
    from observed
    left join done
        on observed.source = done.source and observed.source_sha256 = done.source_sha256
    left join pages_observed
        on
            observed.source = pages_observed.source
            and observed.observed_at = pages_observed.observed_at
            and observed.source_sha256 = pages_observed.source_sha256
    left join warspotting_showings
        on
            observed.source = warspotting_showings.source
            and observed.observed_at = warspotting_showings.observed_at
            and observed.source_sha256 = warspotting_showings.source_sha256
),

final as (
    select
        * exclude (unread_reason),
        unread_reason is null as is_read,
        unread_reason,
    from judged
)

select * from final
