-- When each loss stood: as long as the source that answers for its side showed it. A page of one kind of equipment adds
-- what no other page or table has shown by then.
with versions as (
    select * from {{ ref('int_losses__versions') }}
),

leading_sources as (
    select * from {{ ref('loss_leading_sources') }}
),

matches as (
    select * from {{ ref('int_losses__warspotting_matches') }}
),

warspotting_versions as (
    select * from {{ ref('int_warspotting__versions') }}
),

open_versions as (
    select
        * exclude (recorded_to),
        coalesce(recorded_to, timestamptz 'infinity') as recorded_to,
    from versions
),

first_shown as (
    select
        loss_id,
        min(recorded_from) as recorded_from,
    from versions
    where source not in {{ oryx_pages_of_a_kind() }}
    group by loss_id
),

one_page_of_a_kind as (
    select
        loss_id,
        min(source) as source,
    from versions
    where source in {{ oryx_pages_of_a_kind() }}
    group by loss_id
),

spells as (
    select
        open_versions.loss_id,
        open_versions.source,
        open_versions.version_number,
        greatest(open_versions.recorded_from, leading_sources.leads_from) as stands_from,
        least(open_versions.recorded_to, coalesce(leading_sources.leads_to, timestamptz 'infinity')) as stands_to,
    from open_versions
    inner join leading_sources
        on open_versions.source = leading_sources.source and open_versions.side = leading_sources.side
    union all
    select
        open_versions.loss_id,
        open_versions.source,
        open_versions.version_number,
        open_versions.recorded_from as stands_from,
        least(open_versions.recorded_to, coalesce(first_shown.recorded_from, timestamptz 'infinity')) as stands_to,
    from open_versions
    inner join one_page_of_a_kind
        on open_versions.loss_id = one_page_of_a_kind.loss_id and open_versions.source = one_page_of_a_kind.source
    left join first_shown
        on open_versions.loss_id = first_shown.loss_id
),

stood as (
    select * from spells
    where stands_from < stands_to
),

reported as (
    select
        matches.loss_id,
        warspotting_versions.recorded_from,
        coalesce(warspotting_versions.recorded_to, timestamptz 'infinity') as recorded_to,
        warspotting_versions.lost_on,
    from matches
    inner join warspotting_versions
        on matches.warspotting_id = warspotting_versions.warspotting_id
),

-- A spell is cut where something became known of the day of the loss: another source showed it, WarSpotting gave or
-- revised a date.
moments as (
    select
        loss_id,
        recorded_from as moment,
    from versions
    union
    select
        loss_id,
        unnest([recorded_from, recorded_to]) as moment,
    from reported
),

cuts as (
    select
        stood.*,
        moments.moment as piece_from,
    from stood
    inner join moments
        on
            stood.loss_id = moments.loss_id
            and stood.stands_from < moments.moment
            and stood.stands_to > moments.moment
    union all
    select
        *,
        stands_from as piece_from,
    from stood
),

pieces as (
    select
        loss_id,
        source,
        version_number,
        piece_from as stands_from,
        lead(piece_from, 1, stands_to) over (
            partition by loss_id, source, version_number, stands_from order by piece_from
        ) as stands_to,
    from cuts
),

-- Of two sources that began to show it at one moment, either knows what the other does.
by_moment as (
    select *
    from versions
    qualify row_number() over (partition by loss_id, recorded_from order by source) = 1
),

known as (
    select
        pieces.*,
        by_any_source.lost_on,
        by_any_source.lost_on_basis,
    from pieces
    asof inner join by_moment as by_any_source
        on pieces.loss_id = by_any_source.loss_id and pieces.stands_from >= by_any_source.recorded_from
),

final as (
    select
        versions.loss_id,
        versions.source,
        versions.version_number,
        versions.side,
        versions.folded_model,
        known.stands_from,
        nullif(known.stands_to, timestamptz 'infinity') as stands_to,
        case
            when reported.lost_on is not null then reported.lost_on
            when versions.lost_on_basis = 'picture_name' then versions.lost_on
            else known.lost_on
        end as lost_on,
        case
            when reported.lost_on is not null then 'reported'
            when versions.lost_on_basis = 'picture_name' then 'picture_name'
            else known.lost_on_basis
        end as lost_on_basis,
    from known
    inner join versions
        on
            known.loss_id = versions.loss_id
            and known.source = versions.source
            and known.version_number = versions.version_number
    -- A picture whose own date is another week's tells that the pair is doubtful: then the picture is believed.
    left join reported
        on
            known.loss_id = reported.loss_id
            and known.stands_from >= reported.recorded_from
            and known.stands_from < reported.recorded_to
            and (
                versions.lost_on_basis <> 'picture_name'
                or abs(datediff('day', versions.lost_on, reported.lost_on)) <= 7
            )
)

select * from final
