with versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
),

standing as (
    select * from {{ ref('int_losses__standing') }}
),

leading_sources as (
    select * from {{ ref('loss_leading_sources') }}
),

leading_showings as (
    select * from {{ ref('int_losses__leading_showings') }}
),

named as (
    select
        loss_id,
        string_agg(distinct source, ', ' order by source) as sources,
        bool_and(source = 'warspotting') as is_only_at_warspotting,
        min(recorded_from) as first_recorded_from,
        min(first_seen_on) filter (where source != 'warspotting') as oryx_first_seen_on,
        min(first_seen_on) as first_seen_on,
    from versions
    group by loss_id
),

-- Where a loss stands, else where it stood last.
last_stood as (
    select *
    from standing
    qualify row_number() over (
        partition by loss_id order by stands_to is null desc, stands_to desc, stands_from desc, source asc
    ) = 1
),

latest as (
    select *
    from versions
    qualify row_number() over (
        partition by loss_id
        order by source = 'warspotting', recorded_from desc, source asc
    ) = 1
),

chosen as (
    select
        versions.*,
        last_stood.stands_to,
        last_stood.lost_on as known_lost_on,
        last_stood.lost_on_basis as known_lost_on_basis,
        true as has_stood,
    from last_stood
    inner join versions
        on
            last_stood.loss_id = versions.loss_id
            and last_stood.source = versions.source
            and last_stood.version_number = versions.version_number
    union all by name
    select
        latest.*,
        case when latest.source = 'warspotting' then latest.recorded_to end as stands_to,
        latest.lost_on as known_lost_on,
        latest.lost_on_basis as known_lost_on_basis,
        latest.source = 'warspotting' as has_stood,
    from latest
    anti join last_stood
        on latest.loss_id = last_stood.loss_id
),

-- A table may have shown a loss while a page answered that did not: the first page after it says that it is gone.
denied as (
    select
        chosen.loss_id,
        coalesce(min(leading_showings.observed_at), min(chosen.recorded_from)) as denied_at,
    from chosen
    left join leading_showings
        on chosen.side = leading_showings.side and chosen.recorded_from <= leading_showings.observed_at
    where not chosen.has_stood
    group by chosen.loss_id
),

-- Another source has answered since: a page, which would show it, or a table, which need not.
succeeded as (
    select
        chosen.loss_id,
        min(next_leading.source) as next_source,
    from chosen
    inner join leading_sources as next_leading
        on chosen.side = next_leading.side and chosen.stands_to = next_leading.leads_from
    where chosen.source != next_leading.source
    group by chosen.loss_id
),

-- What a page of one kind of equipment says beyond the country's page.
details as (
    select
        loss_id,
        arg_max(qualifier, recorded_from) as qualifier,
        arg_max(producer_country, recorded_from) as producer_country,
        arg_max(pictured_on, recorded_from) as pictured_on,
    from versions
    where source in {{ oryx_pages_of_a_kind() }}
    group by loss_id
),

final as (
    select
        chosen.loss_id,
        chosen.side,
        named.sources,
        chosen.equipment_id,
        chosen.model,
        chosen.category,
        chosen.family,
        chosen.status,
        chosen.is_destroyed,
        chosen.is_damaged,
        chosen.is_abandoned,
        chosen.is_captured,
        chosen.known_lost_on as lost_on,
        chosen.known_lost_on_basis as lost_on_basis,
        coalesce(named.oryx_first_seen_on, named.first_seen_on) as first_seen_on,
        chosen.last_seen_on,
        {{ day_of('coalesce(chosen.stands_to, denied.denied_at)') }} as withdrawn_on,
        case
            when chosen.stands_to is null and denied.denied_at is null then null
            when succeeded.next_source = {{ oryx_history_source() }} then 'not_in_next_table'
            when succeeded.next_source is not null or denied.denied_at is not null then 'not_on_next_page'
            else coalesce(chosen.withdrawal_basis, 'withdrawn')
        end as withdrawal_basis,
        chosen.is_withdrawal_observable,
        chosen.uncertainty,
        coalesce(chosen.pictured_on, details.pictured_on) as pictured_on,
        chosen.status_text,
        coalesce(chosen.qualifier, details.qualifier) as qualifier,
        chosen.page_category,
        chosen.model_spelling,
        chosen.vehicle_number,
        coalesce(chosen.producer_country, details.producer_country) as producer_country,
        chosen.oryx_url,
        chosen.warspotting_id,
        chosen.version_number as versions,
        chosen.is_synthetic,
        chosen.source,
        chosen.source_sha256,
        chosen.source_member,
        chosen.source_row,
    from chosen
    inner join named
        on chosen.loss_id = named.loss_id
    left join denied
        on chosen.loss_id = denied.loss_id
    left join succeeded
        on chosen.loss_id = succeeded.loss_id
    left join details
        on chosen.loss_id = details.loss_id
)

select * from final
