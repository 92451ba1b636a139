-- Counted anew from the losses, vehicle by vehicle, a figure of fct_reimport_loss_links comes out otherwise: losses of
-- the day itself or later, withdrawn ones, another family's or the other side's are in it, or some are missing.
with links as (
    select * from {{ ref('fct_reimport_loss_links') }}
),

losses as (
    select * from {{ ref('fct_equipment_losses') }}
),

pairs as (
    select
        links.reimport_id,
        links.family,
        losses.loss_id,
        losses.lost_on,
        date_diff('day', losses.lost_on, links.declared_on) as days_before,
    from links
    inner join losses
        on
            links.family = losses.family
            and losses.side = 'russia'
            and losses.withdrawn_on is null
            and losses.sources like '%oryx%'
),

recounted as (
    select
        reimport_id,
        family,
        count(distinct loss_id) filter (where days_before >= 1) as losses_before,
        count(distinct loss_id) filter (where days_before between 1 and 90) as losses_90d_before,
        count(distinct loss_id) filter (where days_before between 1 and 365) as losses_365d_before,
        count(distinct loss_id) filter (where lost_on is null) as losses_undated,
        min(lost_on) as first_loss_on,
    from pairs
    group by reimport_id, family
)

select
    links.reimport_id,
    links.family,
    links.declared_on,
    links.losses_before,
    recounted.losses_before as losses_before_recounted,
    links.losses_90d_before,
    recounted.losses_90d_before as losses_90d_before_recounted,
    links.losses_365d_before,
    recounted.losses_365d_before as losses_365d_before_recounted,
    links.losses_undated,
    recounted.losses_undated as losses_undated_recounted,
from links
left join recounted
    on
        links.reimport_id = recounted.reimport_id
        and links.family = recounted.family
where
    links.losses_before <> coalesce(recounted.losses_before, 0)
    or links.losses_90d_before <> coalesce(recounted.losses_90d_before, 0)
    or links.losses_365d_before <> coalesce(recounted.losses_365d_before, 0)
    or links.losses_undated <> coalesce(recounted.losses_undated, 0)
    or links.first_loss_on > recounted.first_loss_on
