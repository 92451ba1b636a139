with entries as (
    select * from {{ ref('stg_sanctions__entries') }}
    where kind = 'organisation'
),

matched as (
    select * from {{ ref('int_sanctions__entries_matched') }}
    where organisation_id is not null
),

days as (
    select * from {{ ref('int_sanctions__days') }}
),

list_days as (
    select distinct
        list,
        day,
        day_number,
    from days
),

newest as (
    select
        list,
        max(day_number) as last_day_number,
    from list_days
    group by list
),

-- Of the versions of one day the last one shown tells name and programme.
shown as (
    select
        matched.organisation_id,
        entries.list,
        entries.entry_id,
        days.day,
        days.day_number,
        arg_max(
            {
                'name': entries.name,
                'programme': array_to_string(entries.programmes, '; '),
                'first_seen_by_publisher_on': entries.first_seen_by_publisher_on,
                'source_sha256': entries.source_sha256,
                'source_member': entries.source_member,
                'source_row': entries.source_row
            },
            { 'observed_at': days.observed_at, 'source_sha256': days.source_sha256 }
        ) as version,
    from matched
    inner join entries
        on matched.list = entries.list and matched.entry_id = entries.entry_id
    inner join days
        on entries.list = days.list and entries.source_sha256 = days.source_sha256
    group by matched.organisation_id, entries.list, entries.entry_id, days.day, days.day_number
),

runs as (
    select
        *,
        day_number - row_number() over (
            partition by organisation_id, list, entry_id order by day_number
        ) as run,
    from shown
),

spells as (
    select
        organisation_id,
        list,
        entry_id,
        min(day) as first_day,
        max(day) as last_day,
        min(day_number) as first_day_number,
        max(day_number) as last_day_number,
        arg_max(version, day_number) as version,
    from runs
    group by organisation_id, list, entry_id, run
),

final as (
    select
        spells.organisation_id,
        spells.list,
        spells.entry_id,
        spells.first_day as listed_seen_from,
        case when spells.last_day_number < newest.last_day_number then spells.last_day end as listed_seen_to,
        before.day as not_listed_seen_on,
        after.day as removal_seen_on,
        nullif(spells.version['programme'], '') as programme,
        matched.match_basis,
        matched.tax_number,
        matched.tax_number_seen_from,
        spells.version['name'] as name_on_list,
        cast(matched.organisations_of_entry as integer) as organisations_of_entry,
        spells.version['first_seen_by_publisher_on'] as first_seen_by_publisher_on,
        spells.version['source_sha256'] as source_sha256,
        spells.version['source_member'] as source_member,
        spells.version['source_row'] as source_row,
    from spells
    inner join matched
        on
            spells.organisation_id = matched.organisation_id
            and spells.list = matched.list
            and spells.entry_id = matched.entry_id
    inner join newest
        on spells.list = newest.list
    left join list_days as before
        on spells.list = before.list and spells.first_day_number - 1 = before.day_number
    left join list_days as after
        on spells.list = after.list and spells.last_day_number + 1 = after.day_number
)

select * from final
