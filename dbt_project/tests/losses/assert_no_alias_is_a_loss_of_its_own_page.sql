-- An id that a swapped link would give stands as a loss of the page that showed the swap: the vehicle counts twice.
-- Look at int_losses__link_swaps.
with aliases as (
    select * from {{ ref('loss_aliases') }}
),

versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
)

select
    aliases.alias_loss_id,
    aliases.loss_id,
    versions.source,
    versions.recorded_from,
from aliases
inner join versions
    on aliases.alias_loss_id = versions.loss_id
where versions.source in {{ oryx_page_sources() }}
