with names as (
    select * from {{ ref('int_parties__names_resolved') }}
    where organisation_id is not null and party_name <> ''
),

register_names as (
    select * from {{ ref('int_parties__register_names') }}
),

seen as (
    select
        organisation_id,
        party_name as alias,
        'seen' as alias_kind,
        -- By number and by name alike: the stronger one is told.
        max(match_basis) as match_basis,
        cast(sum(lines) as bigint) as lines_seen,
    from names
    group by organisation_id, party_name
),

registered as (
    select
        register_names.organisation_id,
        register_names.name as alias,
        'register' as alias_kind,
        'register' as match_basis,
        cast(0 as bigint) as lines_seen,
    from register_names
    left join seen
        on
            register_names.organisation_id = seen.organisation_id
            and register_names.name = seen.alias
    where seen.alias is null
),

final as (
    select * from seen
    union all
    select * from registered
)

select * from final
