-- The tax number decides; a name only where the entry gives no tax number. Names must be equal after folding: nobody is
-- put on a list because a name resembles another.
{%- set shortest_name = 6 %}
with entries as (
    select * from {{ ref('int_sanctions__entries') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

aliases as (
    select * from {{ ref('organisation_aliases') }}
),

entry_numbers as (
    select
        list,
        entry_id,
        unnest(tax_numbers) as tax_number,
    from entries
),

by_number as (
    select
        entry_numbers.list,
        entry_numbers.entry_id,
        organisations.organisation_id,
        'tax_number' as match_basis,
        entry_numbers.tax_number['inn'] as tax_number,
        entry_numbers.tax_number['seen_from'] as tax_number_seen_from,
    from entry_numbers
    inner join organisations
        on entry_numbers.tax_number['inn'] = organisations.inn
),

-- A name that two organisations bear says of neither that it is the one listed.
organisation_keys as (
    select
        {{ name_key('alias') }} as name_key,
        min(organisation_id) as organisation_id,
        count(distinct organisation_id) as bearers,
    from aliases
    group by name_key
),

entry_names as (
    select distinct
        list,
        entry_id,
        country_codes,
        {{ name_key('spelling') }} as name_key,
    from (
        select
            *,
            unnest(list_prepend(name, aliases)) as spelling,
        from entries
        where len(tax_numbers) = 0
    ) as spelled
),

-- A bare abbreviation ("KBM") stands for many. A name in another country is another organisation's.
names_judged as (
    select
        entry_names.list,
        entry_names.entry_id,
        organisation_keys.organisation_id,
        case
            when length(split_part(entry_names.name_key, ':', 2)) < {{ shortest_name }} then 'too_short'
            when organisation_keys.bearers > 1 then 'ambiguous_name'
            when
                len(entry_names.country_codes) > 0
                and not coalesce(list_contains(entry_names.country_codes, organisations.country_code), true)
                then 'other_country'
            else 'plain_name'
        end as outcome,
    from entry_names
    inner join organisation_keys
        on entry_names.name_key = organisation_keys.name_key
    inner join organisations
        on organisation_keys.organisation_id = organisations.organisation_id
),

-- Several spellings of one entry that lead to several organisations tell nothing.
by_name as (
    select
        list,
        entry_id,
        min(organisation_id) as organisation_id,
    from names_judged
    where outcome = 'plain_name'
    group by list, entry_id
    having count(distinct organisation_id) = 1
),

matched as (
    select * from by_number
    union all
    select
        list,
        entry_id,
        organisation_id,
        'plain_name' as match_basis,
        cast(null as varchar) as tax_number,
        cast(null as date) as tax_number_seen_from,
    from by_name
),

failed as (
    select
        list,
        entry_id,
        case when bool_or(outcome = 'plain_name') then 'ambiguous_name' else min(outcome) end as outcome,
    from names_judged
    group by list, entry_id
),

final as (
    select
        entries.list,
        entries.entry_id,
        entries.name,
        len(entries.tax_numbers) as tax_numbers,
        matched.organisation_id,
        matched.match_basis,
        coalesce(matched.match_basis, failed.outcome, 'not_met') as outcome,
        matched.tax_number,
        matched.tax_number_seen_from,
        count(matched.organisation_id) over (partition by entries.list, entries.entry_id) as organisations_of_entry,
    from entries
    left join matched
        on entries.list = matched.list and entries.entry_id = matched.entry_id
    left join failed
        on entries.list = failed.list and entries.entry_id = failed.entry_id
)

select * from final
