with headings as (
    select * from {{ ref('int_nomenclature__headings') }}
),

editions as (
    select * from {{ ref('hs_editions') }}
),

changes as (
    select * from {{ ref('hs_heading_changes') }}
),

-- A table knows of no end that a later edition of the Harmonized System brings: it speaks up to the end of its own.
tnved as (
    select
        headings.heading,
        headings.valid_from,
        least(
            coalesce(headings.valid_to, cast('9999-12-31' as date)),
            coalesce(editions.valid_to, cast('9999-12-31' as date))
        ) as valid_to,
    from headings
    inner join editions
        on
            headings.edition_on >= editions.valid_from
            and headings.edition_on <= coalesce(editions.valid_to, cast('9999-12-31' as date))
    where headings.nomenclature = 'tnved'
),

-- The Russian table rests on the Harmonized System and leaves out headings that are not subdivided, also for the
-- years in which they are not: an end in it is none. What is in HS 2022 was in HS 2017, but for what is known to
-- have come with it; what left with it is not in force any more.
from_hs as (
    select
        headings.heading,
        editions.valid_from,
        editions.valid_to,
        true as is_in_force,
    from headings
    inner join editions
        on editions.edition = 'HS 2017' or editions.edition = 'HS 2022'
    left join changes
        on headings.heading = changes.heading and editions.edition = changes.edition
    where headings.nomenclature = 'hs2022' and changes.heading is null
    union all
    select
        changes.heading,
        editions.valid_from,
        editions.valid_to,
        changes.is_in_edition as is_in_force,
    from changes
    inner join editions
        on changes.edition = editions.edition
    where (select count(*) from headings) > 0
),

beside_tnved as (
    select from_hs.*
    from from_hs
    left join tnved
        on
            from_hs.heading = tnved.heading
            and from_hs.valid_to >= tnved.valid_from
            and from_hs.valid_from <= tnved.valid_to
    where tnved.heading is null
),

final as (
    select
        heading,
        valid_from,
        valid_to,
        true as is_in_force,
    from tnved
    union all
    select
        heading,
        valid_from,
        valid_to,
        is_in_force,
    from beside_tnved
)

select * from final
