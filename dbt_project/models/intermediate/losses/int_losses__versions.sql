with spans as (
    select * from {{ ref('int_losses__page_spans') }}
),

events as (
    select * from {{ ref('int_losses__events') }}
),

identities as (
    select * from {{ ref('int_losses__identities') }}
),

identified as (
    select
        events.* exclude (loss_id),
        coalesce(identities.loss_id, events.loss_id) as loss_id,
    from events
    left join identities
        on events.loss_id = identities.alias_loss_id and events.source in {{ oryx_page_sources() }}
),

-- Under another address the vehicle has not left.
settled as (
    select *
    from identified
    qualify difference != 'gone' or count(*) over (partition by source, loss_id, span_number) = 1
),

compared as (
    select
        *,
        lag(
            {
                'difference': difference,
                'page_category': page_category,
                'folded_model': folded_model,
                'producer_country': producer_country,
                'vehicle_number': vehicle_number,
                'is_destroyed': is_destroyed,
                'is_damaged': is_damaged,
                'is_abandoned': is_abandoned,
                'is_captured': is_captured,
                'status_text': status_text,
                'qualifier': qualifier,
                'pictured_on': pictured_on,
                'normalised_url': normalised_url,
                'url': url
            }
        ) over (partition by loss_id, source order by span_number) as previous,
    from settled
),

-- Everything that a reader of the page could see of a vehicle makes a version, save its place on the page.
described as (
    select
        *,
        case
            when difference = 'gone' then 'gone'
            when previous is null then 'first_seen'
            else concat_ws(
                ', ',
                case when previous.difference = 'gone' then 'returned' end,
                case
                    when
                        {{ differs('is_destroyed') }}
                        or {{ differs('is_damaged') }}
                        or {{ differs('is_abandoned') }}
                        or {{ differs('is_captured') }}
                        then 'status'
                    when source != {{ oryx_history_source() }} and {{ differs('status_text') }} then 'status_text'
                end,
                case when {{ differs('folded_model') }} then 'model' end,
                case when {{ differs('page_category') }} then 'category' end,
                case when {{ differs('producer_country') }} then 'producer' end,
                case when {{ differs('vehicle_number') }} then 'number' end,
                case when {{ differs('qualifier') }} then 'qualifier' end,
                case when {{ differs('pictured_on') }} then 'picture_date' end,
                case
                    when
                        {{ differs('normalised_url') }}
                        or (source != {{ oryx_history_source() }} and {{ differs('url') }})
                        then 'link'
                end
            )
        end as changed,
    from compared
),

followed as (
    select
        *,
        lead(span_number) over one_loss as next_span_number,
        lead(shown_from) over one_loss as next_shown_from,
        lead(difference) over one_loss as next_difference,
        lead(has_other_collector) over one_loss as next_has_other_collector,
    from described
    where changed != ''
    window one_loss as (partition by loss_id, source order by span_number)
),

first_shown as (
    select
        *,
        row_number() over (partition by loss_id, source order by span_number) as place,
        -- A collector says when its scraper first saw the row: earlier than the first table of which we know.
        min(
            case
                when recorded_on between date '2022-02-24' and {{ day_of('shown_from') }} then recorded_on
                else {{ day_of('shown_from') }}
            end
        ) over (partition by loss_id, source) as source_first_seen_on,
        min(span_number) over (partition by loss_id, source) as first_span_number,
    from followed
    where difference != 'gone'
),

-- What stood in a source's very first observation, or on a collector's first day, may have stood there before.
dated as (
    select
        *,
        case
            when source = {{ oryx_history_source() }}
                then source_first_seen_on = min(source_first_seen_on) over (partition by source)
            else first_span_number = 1
        end as is_in_first_observation,
    from first_shown
),

-- What another source had shown by then is known to this version too: the earliest day that any of them gives.
known as (
    select
        *,
        min(shown_from) over sources_by_then as first_seen_at,
        min(source_first_seen_on) over sources_by_then as first_seen_on,
        arg_min(is_in_first_observation, (source_first_seen_on, not is_in_first_observation)) over sources_by_then
            as is_undated,
    from dated
    window
        sources_by_then as (
            partition by loss_id order by shown_from range between unbounded preceding and current row
        )
),

versions as (
    select
        known.loss_id,
        known.source,
        cast(known.place as integer) as version_number,
        known.shown_from as recorded_from,
        known.next_shown_from as recorded_to,
        last_spans.last_shown_at,
        known.changed,
        known.side,
        known.page_category,
        known.model_spelling,
        known.folded_model,
        known.producer_country,
        known.vehicle_number,
        known.status,
        known.status_text,
        known.is_destroyed,
        known.is_damaged,
        known.is_abandoned,
        known.is_captured,
        known.qualifier,
        known.pictured_on,
        known.recorded_on,
        known.first_seen_at,
        known.first_seen_on,
        known.is_undated,
        -- A date in a picture's name is believed between the invasion and the day on which the page first showed it:
        -- real names carry misprints, dates before the war and dates yet to come.
        case
            when known.pictured_on between date '2022-02-24' and known.first_seen_on then 'picture_name'
            when known.is_undated then 'not_known'
            else 'first_seen'
        end as lost_on_basis,
        -- Pages, and tables that copy a whole page, show that a loss is gone; a table that accumulates does not.
        coalesce(last_spans.collector, '') != 'scarnecchia' as is_withdrawal_observable,
        case
            when coalesce(known.next_difference, '') != 'gone' then null
            when known.next_has_other_collector then 'other_collector'
            when last_spans.collector = 'scarnecchia' then 'dropped_from_table'
            else 'withdrawn'
        end as withdrawal_basis,
        known.uncertainty,
        known.other_rows,
        known.collector,
        known.url,
        known.normalised_url,
        known.ordinal,
        known.source_sha256,
        known.source_member,
        known.source_row,
    from known
    inner join spans as last_spans
        on
            known.source = last_spans.source
            and known.shown_from <= last_spans.shown_from
            and case
                when known.next_span_number is null then last_spans.shown_to is null
                else last_spans.span_number = known.next_span_number - 1
            end
),

final as (
    select
        *,
        case lost_on_basis
            when 'picture_name' then pictured_on
            when 'first_seen' then first_seen_on
        end as lost_on,
    from versions
)

select * from final
