-- The losses of 90 days are not among those of 365 days, or these not among all before: one of the windows is wrong
-- (see fct_reimport_loss_links).
with links as (
    select * from {{ ref('fct_reimport_loss_links') }}
)

select
    reimport_id,
    family,
    losses_90d_before,
    losses_365d_before,
    losses_before,
    losses_90d_before_known_then,
    losses_365d_before_known_then,
    losses_before_known_then,
from links
where
    not (losses_90d_before <= losses_365d_before and losses_365d_before <= losses_before)
    or not (
        losses_90d_before_known_then <= losses_365d_before_known_then
        and losses_365d_before_known_then <= losses_before_known_then
    )
