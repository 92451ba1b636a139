-- Persons, ships and aircraft are counted and have no name from here on: natural persons are not published.
with ofac_sdn as (
    select
        'ofac_sdn' as list,
        *,
    from {{ source('bronze_ofac_sdn', 'entries') }}
    where {{ file_was_observed() }}
),

opensanctions as (
    select
        'opensanctions' as list,
        *,
    from {{ source('bronze_opensanctions', 'entries') }}
    where {{ file_was_observed() }}
),

entries as (
    select * from ofac_sdn
    union all
    select * from opensanctions
),

final as (
    select
        list,
        _source_sha256 as source_sha256,
        _source_member as source_member,
        _source_row as source_row,
        entry_id,
        kind,
        case when kind = 'organisation' then name end as name,
        case when kind = 'organisation' then aliases else [] end as aliases,
        programmes,
        countries,
        first_seen_by_publisher_on,
    from entries
)

select * from final
