with tnved_codes as (
    select * from {{ ref('stg_tnved__codes') }}
    where level = 3
),

hs_codes as (
    select * from {{ ref('stg_harmonised_system__codes') }}
    where length(code) = 4
),

observations as (
    select
        source,
        source_sha256,
        max(observed_at) as observed_at,
    from {{ ref('stg_boomerang__observations') }}
    where source = 'tnved' or source = 'harmonised_system'
    group by source, source_sha256
),

-- An edition holds every period there has been: the newest says all, and earlier ones may have been wrong.
tnved_editions as (
    select
        tnved_codes.*,
        row_number() over (
            partition by tnved_codes.edition_on, tnved_codes.edition, tnved_codes.code, tnved_codes.valid_from
            order by observations.observed_at desc, tnved_codes.source_sha256 desc, tnved_codes.source_row desc
        ) as place,
        dense_rank() over (order by tnved_codes.edition_on desc, tnved_codes.edition desc) as edition_place,
    from tnved_codes
    inner join observations
        on tnved_codes.source_sha256 = observations.source_sha256 and observations.source = 'tnved'
),

tnved as (
    select
        'tnved' as nomenclature,
        code as heading,
        name_ru,
        valid_from,
        valid_to,
        edition || ' of ' || cast(edition_on as varchar) as edition,
        edition_on,
        source_sha256,
        source_member,
        source_row,
    from tnved_editions
    where edition_place = 1 and place = 1
),

hs_newest as (
    select
        hs_codes.*,
        row_number() over (
            partition by hs_codes.code
            order by observations.observed_at desc, hs_codes.source_sha256 desc, hs_codes.source_row desc
        ) as place,
    from hs_codes
    inner join observations
        on hs_codes.source_sha256 = observations.source_sha256 and observations.source = 'harmonised_system'
),

harmonised_system as (
    select
        'hs2022' as nomenclature,
        code as heading,
        name_en,
        -- The days of the edition: it took the place of HS 2017, and HS 2028 takes its place.
        cast('2022-01-01' as date) as valid_from,
        cast('2027-12-31' as date) as valid_to,
        'HS 2022' as edition,
        cast('2022-01-01' as date) as edition_on,
        source_sha256,
        source_member,
        source_row,
    from hs_newest
    where place = 1
),

headings as (
    select * from tnved
    union all by name
    select * from harmonised_system
),

final as (
    select
        nomenclature,
        heading,
        valid_from,
        valid_to,
        name_ru,
        name_en,
        edition,
        edition_on,
        source_sha256,
        source_member,
        source_row,
    from headings
    -- Chapter 99 is nobody's goods: a leftover of the football World Cup of 2018 in one table, "not specified" in the
    -- other.
    where heading not like '99%'
)

select * from final
