with register as (
    select * from {{ ref('organisations') }}
),


names as (
    select * from {{ ref('int_parties__names_resolved') }}
    where organisation_id is not null
),

registered as (
    select
        case when inn <> '' then 'ru-inn-' || inn else 'name-' || md5({{ name_key('name') }}) end as organisation_id,
        *,
    from register
),

spellings as (
    select
        organisation_id,
        party_name,
        sum(lines) as lines,
    from names
    where party_name <> ''
    group by organisation_id, party_name
),

-- The spelling met most often names an organisation that the register does not know; equal counts: the first by letter.
usual_names as (
    select
        organisation_id,
        first(party_name order by lines desc, party_name asc) as usual_name,
        first(party_name order by lines desc, party_name asc)
        filter (where regexp_matches(party_name, '[А-Яа-яЁё]')) as usual_name_ru,
    from spellings
    group by organisation_id
),

seen as (
    select
        organisation_id,
        max(inn) as inn,
        bool_or(military_rule is not null) as is_military_end_user,
        case when count(distinct military_country_code) = 1 then max(military_country_code) end as country_code,
        cast(sum(lines) as bigint) as lines,
    from names
    group by organisation_id
),

ids as (
    select organisation_id from registered
    union
    select organisation_id from seen
),

final as (
    select
        ids.organisation_id,
        coalesce(registered.name, usual_names.usual_name, 'INN ' || seen.inn) as name,
        coalesce(registered.name_ru, usual_names.usual_name_ru) as name_ru,
        coalesce(
            registered.country_code, case when seen.inn is not null then 'RU' end, seen.country_code
        ) as country_code,
        coalesce(registered.inn, seen.inn) as inn,
        registered.group_id,
        case
            when registered.role is not null then registered.role
            when seen.is_military_end_user then 'military_end_user'
            else 'not_known'
        end as role,
        coalesce(registered.is_military_end_user, false)
        or coalesce(seen.is_military_end_user, false) as is_military_end_user,
        registered.organisation_key is not null as is_registered,
        case
            when coalesce(registered.inn, seen.inn) is not null then 'tax_number'
            else 'plain_name'
        end as match_basis,
        coalesce(seen.lines, 0) as lines_seen,
        registered.source as register_source,
    from ids
    left join registered
        on ids.organisation_id = registered.organisation_id
    left join seen
        on ids.organisation_id = seen.organisation_id
    left join usual_names
        on ids.organisation_id = usual_names.organisation_id
)

select * from final
