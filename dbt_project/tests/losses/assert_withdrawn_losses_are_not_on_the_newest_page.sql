-- A loss is marked as withdrawn although the newest page of one of its sources shows it. Counts that leave out
-- withdrawn losses would miss it. Look at its versions: one should have been opened again when it returned.
with losses as (
    select * from {{ ref('fct_equipment_losses') }}
),

spans as (
    select * from {{ ref('int_losses__page_spans') }}
),

vehicles as (
    select * from {{ ref('int_losses__vehicles_observed') }}
)

select
    losses.loss_id,
    losses.sources,
    losses.withdrawn_on,
    vehicles.source,
    vehicles.source_row,
from losses
inner join vehicles
    on losses.loss_id = vehicles.loss_id
inner join spans
    on vehicles.source = spans.source and vehicles.source_sha256 = spans.source_sha256
where losses.withdrawn_on is not null and spans.shown_to is null
