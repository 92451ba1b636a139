create macro marts.losses_as_of(day) as table
with newest as (
    select source, max(observed_at) as observed_at
    from marts.observations
    where is_read and observed_at < (day::date + 1)::timestamptz
    group by source
)

select versions.*, newest.observed_at as observed_on
from marts.fct_equipment_loss_versions as versions
inner join newest
    on versions.source = newest.source
        and versions.recorded_from <= newest.observed_at
        and (versions.recorded_to is null or versions.recorded_to > newest.observed_at);
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
