-- A link was swapped where, in one showing, one vehicle left the page and one came with the same side, model, number
-- and status, and no other vehicle did so. The old address must be gone for good and the new one be new, or both stand
-- for vehicles of their own.
with events as (
    select * from {{ ref('int_losses__events') }}
    where source in {{ oryx_page_sources() }}
),

moves as (
    select
        *,
        count(*) over (
            partition by source, span_number, difference, side, folded_model, vehicle_number, status
        ) as alike,
        min(span_number) over (partition by source, loss_id) as first_span_number,
        max(case when difference != 'gone' then span_number end) over (partition by source, loss_id)
            as last_shown_span_number,
    from events
),

-- Of the pages that show the swap, the country's comes first.
swaps as (
    select
        came.loss_id as alias_loss_id,
        gone.loss_id as former_loss_id,
        came.source,
        came.shown_from as swapped_at,
        gone.url as former_url,
        came.url as new_url,
        gone.source_sha256 as former_source_sha256,
        came.source_sha256,
        came.source_member,
        came.source_row,
    from moves as came
    inner join moves as gone
        on
            came.source = gone.source
            and came.span_number = gone.span_number
            and came.side = gone.side
            and came.folded_model = gone.folded_model
            and came.vehicle_number = gone.vehicle_number
            and came.status = gone.status
    where
        came.difference = 'appeared'
        and gone.difference = 'gone'
        and came.alike = 1
        and gone.alike = 1
        and came.first_span_number = came.span_number
        and gone.last_shown_span_number < gone.span_number
    qualify row_number() over (
        partition by came.loss_id
        order by came.source in {{ oryx_pages_of_a_kind() }}, came.shown_from, came.source, gone.loss_id
    ) = 1
),

unambiguous as (
    select *
    from swaps
    qualify row_number() over (
        partition by former_loss_id
        order by source in {{ oryx_pages_of_a_kind() }}, swapped_at, source, alias_loss_id
    ) = 1
),

-- Another page that shows both addresses shows two vehicles.
shown as (
    select
        source,
        loss_id,
        span_number,
        difference,
        coalesce(
            lead(span_number) over (partition by source, loss_id order by span_number), 2147483647
        ) as next_span_number,
    from events
    where difference != 'differs'
),

contradicted as (
    select distinct unambiguous.alias_loss_id
    from unambiguous
    inner join shown as new_address
        on unambiguous.alias_loss_id = new_address.loss_id and new_address.difference = 'appeared'
    inner join shown as former_address
        on
            unambiguous.former_loss_id = former_address.loss_id
            and former_address.difference = 'appeared'
            and new_address.source = former_address.source
            and new_address.span_number < former_address.next_span_number
            and new_address.next_span_number > former_address.span_number
),

final as (
    select unambiguous.*
    from unambiguous
    anti join contradicted
        on unambiguous.alias_loss_id = contradicted.alias_loss_id
)

select * from final
