with spans as (
    select * from {{ ref('int_losses__page_spans') }}
),

vehicles as (
    select * from {{ ref('int_losses__vehicles_observed') }}
),

shown as (
    select
        spans.span_number,
        spans.shown_from,
        vehicles.*,
    from vehicles
    inner join spans
        on vehicles.source = spans.source and vehicles.source_sha256 = spans.source_sha256
),

compared as (
    select
        *,
        lag(span_number) over one_loss as previous_span_number,
        lag(page_category) over one_loss as previous_page_category,
        lag(folded_model) over one_loss as previous_folded_model,
        lag(producer_country) over one_loss as previous_producer_country,
        lag(vehicle_number) over one_loss as previous_vehicle_number,
        lag(is_destroyed) over one_loss as previous_is_destroyed,
        lag(is_damaged) over one_loss as previous_is_damaged,
        lag(is_abandoned) over one_loss as previous_is_abandoned,
        lag(is_captured) over one_loss as previous_is_captured,
        lag(status_text) over one_loss as previous_status_text,
        lag(qualifier) over one_loss as previous_qualifier,
        lag(pictured_on) over one_loss as previous_pictured_on,
        lag(url) over one_loss as previous_url,
    from shown
    window one_loss as (partition by loss_id, source order by span_number)
),

-- Everything that a reader of the page could see of a vehicle makes a version, save its place on the page.
changes as (
    select
        *,
        case
            when previous_span_number is null then 'first_seen'
            else concat_ws(
                ', ',
                case when previous_span_number < span_number - 1 then 'returned' end,
                case
                    when
                        previous_is_destroyed is distinct from is_destroyed
                        or previous_is_damaged is distinct from is_damaged
                        or previous_is_abandoned is distinct from is_abandoned
                        or previous_is_captured is distinct from is_captured
                        then 'status'
                    when previous_status_text is distinct from status_text then 'status_text'
                end,
                case when previous_folded_model is distinct from folded_model then 'model' end,
                case when previous_page_category is distinct from page_category then 'category' end,
                case when previous_producer_country is distinct from producer_country then 'producer' end,
                case when previous_vehicle_number is distinct from vehicle_number then 'number' end,
                case when previous_qualifier is distinct from qualifier then 'qualifier' end,
                case when previous_pictured_on is distinct from pictured_on then 'picture_date' end,
                case when previous_url is distinct from url then 'link' end
            )
        end as changed,
    from compared
),

numbered as (
    select
        *,
        cast(
            sum(cast(changed != '' as integer)) over (
                partition by loss_id, source order by span_number rows unbounded preceding
            ) as integer
        ) as version_number,
    from changes
),

lasting as (
    select
        loss_id,
        source,
        version_number,
        max(span_number) as last_span_number,
    from numbered
    group by loss_id, source, version_number
),

first_seen as (
    select
        loss_id,
        source,
        shown_from as first_seen_at,
        span_number = 1 as is_in_first_observation,
    from numbered
    where changed = 'first_seen'
),

versions as (
    select
        numbered.loss_id,
        numbered.source,
        numbered.version_number,
        numbered.shown_from as recorded_from,
        last_spans.shown_to as recorded_to,
        last_spans.last_shown_at,
        numbered.changed,
        numbered.side,
        numbered.page_category,
        numbered.model_spelling,
        numbered.folded_model,
        numbered.producer_country,
        numbered.vehicle_number,
        numbered.status,
        numbered.status_text,
        numbered.is_destroyed,
        numbered.is_damaged,
        numbered.is_abandoned,
        numbered.is_captured,
        numbered.qualifier,
        numbered.pictured_on,
        first_seen.first_seen_at,
        {{ day_of('first_seen.first_seen_at') }} as first_seen_on,
        -- A date in a picture's name is believed between the invasion and the day on which the page first showed it:
        -- real names carry misprints, dates before the war and dates yet to come.
        case
            when
                numbered.pictured_on between date '2022-02-24' and {{ day_of('first_seen.first_seen_at') }}
                then 'picture_name'
            when first_seen.is_in_first_observation then 'not_known'
            else 'first_seen'
        end as lost_on_basis,
        numbered.url,
        numbered.normalised_url,
        numbered.ordinal,
        numbered.source_sha256,
        numbered.source_member,
        numbered.source_row,
    from numbered
    inner join lasting
        on
            numbered.loss_id = lasting.loss_id
            and numbered.source = lasting.source
            and numbered.version_number = lasting.version_number
    inner join spans as last_spans
        on lasting.source = last_spans.source and lasting.last_span_number = last_spans.span_number
    inner join first_seen
        on numbered.loss_id = first_seen.loss_id and numbered.source = first_seen.source
    where numbered.changed != ''
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
