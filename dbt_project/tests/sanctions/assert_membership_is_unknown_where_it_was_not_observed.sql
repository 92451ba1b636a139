-- Known days of each spell, and what the macro says of them. "Not on the list" of a day on which nobody looked would be
-- an acquittal without a hearing.
with spells as (
    select
        *,
        count(*) over (partition by organisation_id, list) as spells_of_it,
    from {{ ref('organisation_sanctions') }}
),

list_days as (
    select
        list,
        min(day) as first_day,
        max(day) as last_day,
    from {{ ref('int_sanctions__days') }}
    group by list
),

-- With several spells one may know what the other does not.
single as (
    select
        spells.*,
        list_days.first_day,
        list_days.last_day,
    from spells
    inner join list_days
        on spells.list = list_days.list
    where spells.spells_of_it = 1
),

known as (
    select
        organisation_id,
        list,
        unnest([
            { 'day': listed_seen_from, 'expected': true },
            { 'day': coalesce(listed_seen_to, last_day), 'expected': true },
            { 'day': not_listed_seen_on, 'expected': false },
            { 'day': removal_seen_on, 'expected': false },
            { 'day': first_day - 1, 'expected': null },
            { 'day': last_day + 1, 'expected': null },
            {
                'day': case when listed_seen_from - 1 > not_listed_seen_on then listed_seen_from - 1 end,
                'expected': null
            },
            { 'day': case when listed_seen_to + 1 < removal_seen_on then listed_seen_to + 1 end, 'expected': null }
        ]) as answer,
    from single
),

asked as (
    select
        organisation_id,
        list,
        answer['day'] as day,
        answer['expected'] as expected,
    from known
    where answer['day'] is not null
),

judged as (
    select
        *,
        {{ sanctions_as_of('asked.organisation_id', 'asked.day', 'ofac_sdn') }} as is_on_ofac_sdn,
        {{ sanctions_as_of('asked.organisation_id', 'asked.day', 'opensanctions') }} as is_on_opensanctions,
    from asked
)

select *
from judged
where case list when 'ofac_sdn' then is_on_ofac_sdn else is_on_opensanctions end is distinct from expected
