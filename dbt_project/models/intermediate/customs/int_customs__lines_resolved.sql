{{ config(materialized='view') }}

-- A view: the few lines that came more than once were settled in int_customs__lines_repeated, all others stand.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
),

repeated as (
    select * from {{ ref('int_customs__lines_repeated') }}
),

files as (
    select * from {{ ref('int_customs__files_observed') }}
),

final as (
    select
        lines.*,
        coalesce(repeated.resolution, 'standing') as resolution,
        coalesce(repeated.customs_line_id, {{ customs_line_id() }}) as customs_line_id,
        coalesce(repeated.known_from, files.observed_on) as known_from,
        files.observed_at,
        files.observed_on as content_known_from,
    from lines
    left join repeated
        on
            lines.source_sha256 = repeated.source_sha256
            and lines.source_member = repeated.source_member
            and lines.source_row = repeated.source_row
    left join files
        on lines.source_sha256 = files.source_sha256
)

select * from final
