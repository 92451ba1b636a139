-- The changes in the order in which the source showed them: the same two neighbours may meet more than once.
with spans as (
    select * from {{ ref('int_losses__page_spans') }}
),

changes as (
    select * from {{ ref('int_losses__changes') }}
    where difference != 'none'
),

final as (
    select
        spans.span_number,
        spans.shown_from,
        coalesce(spans.collector != earlier_spans.collector, false) as has_other_collector,
        changes.* exclude (earlier_showing_id),
    from spans
    inner join changes
        on
            spans.source = changes.source
            and spans.showing_id = changes.showing_id
            and coalesce(spans.earlier_showing_id, '') = changes.earlier_showing_id
    left join spans as earlier_spans
        on spans.source = earlier_spans.source and spans.span_number = earlier_spans.span_number + 1
)

select * from final
