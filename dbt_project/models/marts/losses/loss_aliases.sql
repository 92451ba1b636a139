with swaps as (
    select * from {{ ref('int_losses__link_swaps') }}
),

identities as (
    select * from {{ ref('int_losses__identities') }}
),

final as (
    select
        swaps.alias_loss_id,
        identities.loss_id,
        swaps.source,
        swaps.swapped_at,
        {{ day_of('swaps.swapped_at') }} as swapped_on,
        swaps.former_url,
        swaps.new_url,
        swaps.source_sha256,
        swaps.source_member,
        swaps.source_row,
    from swaps
    inner join identities
        on swaps.alias_loss_id = identities.alias_loss_id
)

select * from final
