with spans as (
    select * from {{ ref('int_losses__page_spans') }}
),

vehicles as (
    select * from {{ ref('int_losses__vehicles_observed') }}
),

shown as (
    select
        spans.source,
        spans.span_number,
        spans.shown_from,
        spans.last_shown_at,
        spans.shown_to,
        vehicles.* exclude (source),
    from vehicles
    inner join spans
        on vehicles.source = spans.source and vehicles.source_sha256 = spans.source_sha256
),

compared as (
    select
        *,
        lag(
            struct_pack(
                span_number := span_number,
                page_category := page_category,
                folded_model := folded_model,
                producer_country := producer_country,
                vehicle_number := vehicle_number,
                is_destroyed := is_destroyed,
                is_damaged := is_damaged,
                is_abandoned := is_abandoned,
                is_captured := is_captured,
                status_text := status_text,
                qualifier := qualifier,
                pictured_on := pictured_on,
                url := url
            )
        ) over (partition by loss_id, source order by span_number) as previous,
    from shown
),

-- Everything that a reader of the page could see of a vehicle makes a version, save its place on the page.
changes as (
    select
        *,
        case
            when previous is null then 'first_seen'
            else concat_ws(
                ', ',
                case when previous.span_number < span_number - 1 then 'returned' end,
                case
                    when
                        previous.is_destroyed != is_destroyed
                        or previous.is_damaged != is_damaged
                        or previous.is_abandoned != is_abandoned
                        or previous.is_captured != is_captured
                        then 'status'
                    when previous.status_text is distinct from status_text then 'status_text'
                end,
                case when previous.folded_model is distinct from folded_model then 'model' end,
                case when previous.page_category is distinct from page_category then 'category' end,
                case when previous.producer_country is distinct from producer_country then 'producer' end,
                case when previous.vehicle_number is distinct from vehicle_number then 'number' end,
                case when previous.qualifier is distinct from qualifier then 'qualifier' end,
                case when previous.pictured_on is distinct from pictured_on then 'picture_date' end,
                case when previous.url is distinct from url then 'link' end
            )
        end as changed,
    from compared
),

numbered as (
    select
        * exclude (previous),
        cast(
            sum(cast(changed != '' as integer)) over (
                partition by loss_id, source order by span_number rows unbounded preceding
            ) as integer
        ) as version_number,
        -- The last page of the version, to close it: the row that no row of the same version follows.
        max(span_number) over (partition by loss_id, source) as last_span_number,
    from changes
),

ends as (
    select
        loss_id,
        source,
        version_number,
        max(last_shown_at) as last_shown_at,
        arg_max(shown_to, span_number) as recorded_to,
    from numbered
    group by loss_id, source, version_number
)

select 1
