-- A line claims to have been known on a day on which no file that holds it had been observed, or on none at all: what
-- was known on a day would be told wrongly. Look at int_customs__files_observed and the fetch records of the file.
with customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

observations as (
    select * from {{ ref('stg_boomerang__observations') }}
    where source = 'customs'
),

first_observed as (
    select
        source_sha256,
        {{ day_of('min(observed_at)') }} as observed_on,
    from observations
    group by source_sha256
),

first_of_all as (
    select min(observed_on) as observed_on from first_observed
)

select
    customs_lines.customs_line_id,
    customs_lines.known_from,
    customs_lines.content_known_from,
    first_observed.observed_on as file_observed_on,
from customs_lines
cross join first_of_all
left join first_observed
    on customs_lines.source_sha256 = first_observed.source_sha256
where
    customs_lines.content_known_from is distinct from first_observed.observed_on
    or customs_lines.known_from is null
    or customs_lines.known_from > customs_lines.content_known_from
    or customs_lines.known_from < first_of_all.observed_on
