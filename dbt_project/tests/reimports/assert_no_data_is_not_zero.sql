-- A number of losses stands where nobody had looked (no page observed at all, or by that day), where no list ever held
-- the family, or without a day to count up to; or it is missing although there is one. "Not observed" would be read as
-- none. Look at fct_reimport_loss_links.
with links as (
    select * from {{ ref('fct_reimport_loss_links') }}
),

leading_sources as (
    select * from {{ ref('loss_leading_sources') }}
    where side = 'russia'
),

listed as (
    select * from {{ ref('fct_equipment_losses') }}
    where side = 'russia' and contains(sources, 'oryx')
),

looked as (
    select {{ day_of('min(leads_from)') }} as first_looked_on from leading_sources
),

judged as (
    select
        links.*,
        looked.first_looked_on is not null
        and links.family in (select listed.family from listed) as is_counted,
        looked.first_looked_on <= links.declared_on as is_counted_then,
    from links
    cross join looked
)

select *
from judged
where
    (losses_undated is not null) <> is_counted
    or (losses_before is not null) <> (is_counted and declared_on is not null)
    or (losses_90d_before is not null) <> (is_counted and declared_on is not null)
    or (losses_365d_before is not null) <> (is_counted and declared_on is not null)
    or (first_loss_on is not null and not is_counted)
    or (losses_before_known_then is not null) <> (is_counted and coalesce(is_counted_then, false))
    or (losses_90d_before_known_then is not null) <> (is_counted and coalesce(is_counted_then, false))
    or (losses_365d_before_known_then is not null) <> (is_counted and coalesce(is_counted_then, false))
