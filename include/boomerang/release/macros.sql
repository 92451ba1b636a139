create macro marts.losses_as_of(day) as table
with moment as (
    select (day::date + 1)::timestamptz as day_end
),

newest as (
    select source, max(observed_at) as observed_at
    from marts.observations, moment
    where is_read and observed_at < day_end
    group by source
),

-- One source answers for each side. A page of one kind of equipment adds what none of the others had shown by then.
answering as (
    select side, source
    from marts.loss_leading_sources, moment
    where leads_from < day_end and (leads_to is null or leads_to >= day_end)
),

shown as (
    select versions.*
    from marts.fct_equipment_loss_versions as versions, moment
    where versions.recorded_from < day_end
        and (versions.recorded_to is null or versions.recorded_to >= day_end)
),

answered as (
    select shown.*
    from shown
    inner join answering on shown.side = answering.side and shown.source = answering.source
    union all
    select shown.*
    from shown, moment
    where shown.source in ('oryx_naval', 'oryx_aircraft')
        and not exists (
            select 1
            from marts.fct_equipment_loss_versions as others
            where others.loss_id = shown.loss_id
                and others.recorded_from < day_end
                and (
                    others.source not in ('oryx_naval', 'oryx_aircraft', 'warspotting')
                    or (others.source < shown.source and others.source != 'warspotting')
                )
        )
)

select
    answered.*,
    newest.observed_at,
    newest.observed_at::date as observed_on,
    newest.observed_at::date = day::date as is_observed
from answered
inner join newest on answered.source = newest.source;
create macro marts.reimports_between(first_day, last_day) as table
select *
from marts.fct_reimports
where declared_on between first_day::date and last_day::date;
create macro marts.reimports_known_on(day) as table
select reimports.*
from marts.fct_reimports as reimports
inner join marts.fct_customs_lines as lines
    on reimports.customs_line_id = lines.customs_line_id
where lines.known_from::date <= day::date;
create macro marts.sanctions_as_of(day) as table
with lists as (
    select
        source as list,
        max(observed_on) filter (where observed_on <= day::date) as observed_before,
        min(observed_on) filter (where observed_on >= day::date) as observed_after
    from marts.observations
    where is_read and (source = 'ofac_sdn' or source = 'opensanctions')
    group by source
),

spells as (
    select
        organisation_id,
        list,
        bool_or(day::date >= listed_seen_from and day::date <= coalesce(listed_seen_to, 'infinity'::date)) as is_on_it,
        bool_or(
            coalesce(day::date > not_listed_seen_on and day::date < listed_seen_from, false)
            or coalesce(day::date > listed_seen_to and day::date < removal_seen_on, false)
        ) as is_in_between
    from marts.organisation_sanctions
    group by organisation_id, list
)

select
    organisations.organisation_id,
    organisations.name,
    lists.list,
    case
        when lists.observed_before is null or lists.observed_after is null then null
        when spells.is_on_it then true
        when spells.is_in_between then null
        else false
    end as is_listed,
    lists.observed_before,
    lists.observed_after
from marts.dim_organisations as organisations
cross join lists
left join spells
    on organisations.organisation_id = spells.organisation_id and lists.list = spells.list;
