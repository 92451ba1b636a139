with organisations as (
    select * from {{ ref('organisations') }}
),

organisation_names as (
    select * from {{ ref('organisation_names') }}
),

registered as (
    select
        *,
        case when inn <> '' then 'ru-inn-' || inn else 'name-' || md5({{ name_key('name') }}) end as organisation_id,
    from organisations
),

spelled as (
    select
        organisation_key,
        name,
        cast(null as varchar) as unless
    from organisations
    union all
    select
        organisation_key,
        name_ru as name,
        cast(null as varchar) as unless
    from organisations
    union all
    select
        organisation_key,
        name,
        unless
    from organisation_names
),

final as (
    select
        registered.organisation_id,
        registered.group_id,
        registered.role,
        spelled.name,
        {{ name_key('spelled.name') }} as name_key,
        {{ phrase_patterns('spelled.name') }} as name_patterns,
        {{ phrase_patterns('spelled.unless') }} as unless_patterns,
    from spelled
    inner join registered
        on spelled.organisation_key = registered.organisation_key
    where spelled.name is not null
    qualify row_number() over (
        partition by registered.organisation_id, {{ name_key('spelled.name') }}
        order by spelled.unless nulls last, spelled.name
    ) = 1
)

select * from final
