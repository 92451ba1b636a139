-- A loss has a day that cannot be: after the page that first showed it, before the invasion, or a day without a basis
-- (and the other way round). Look at lost_on in int_losses__versions.
with versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
)

select
    loss_id,
    source,
    lost_on,
    lost_on_basis,
    pictured_on,
    first_seen_on,
from versions
where
    -- WarSpotting's dates are its own, and it revises them both ways.
    (lost_on > first_seen_on and lost_on_basis != 'reported')
    or lost_on < date '2022-02-24'
    or (lost_on is null) != (lost_on_basis = 'not_known')
