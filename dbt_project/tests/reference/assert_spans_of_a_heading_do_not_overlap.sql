-- A row is a heading that a table calls in force and not in force on the same day, or twice in force: every line
-- joined by it would be doubled. Look at the periods of that heading in the landed edition.
with spans as (
    select
        *,
        lead(valid_from) over (partition by heading order by valid_from, valid_to) as next_from,
    from {{ ref('int_nomenclature__heading_periods') }}
)

select * from spans
where next_from <= valid_to or valid_to < valid_from
