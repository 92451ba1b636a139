-- A link may be swapped again and again: the loss keeps its first id.
with recursive swaps as (
    select * from {{ ref('int_losses__link_swaps') }}
),

followed as (
    select
        swaps.former_loss_id as loss_id,
        swaps.alias_loss_id,
    from swaps
    anti join swaps as earlier
        on swaps.former_loss_id = earlier.alias_loss_id
    union all
    select
        followed.loss_id,
        swaps.alias_loss_id,
    from followed
    inner join swaps
        on followed.alias_loss_id = swaps.former_loss_id
),

final as (
    select * from followed
)

select * from final
