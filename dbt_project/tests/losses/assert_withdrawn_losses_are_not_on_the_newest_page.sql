-- A loss is marked as withdrawn although the newest showing of the source that answers for its side has it, or stands
-- although it does not. Counts that leave out withdrawn losses would miss it. Look at int_losses__standing.
with losses as (
    select * from {{ ref('fct_equipment_losses') }}
),

versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
),

leading_sources as (
    select * from {{ ref('loss_leading_sources') }}
    where leads_to is null
),

shown as (
    select
        versions.loss_id,
        versions.source,
    from versions
    inner join leading_sources
        on versions.source = leading_sources.source and versions.side = leading_sources.side
    where versions.recorded_to is null
)

select
    losses.loss_id,
    losses.sources,
    losses.withdrawn_on,
    shown.source as shown_by,
from losses
left join shown
    on losses.loss_id = shown.loss_id
where
    (losses.withdrawn_on is not null and shown.loss_id is not null)
    or (
        losses.withdrawn_on is null
        and shown.loss_id is null
        and losses.source not in {{ oryx_pages_of_a_kind() }}
        and losses.source != 'warspotting'
    )
