-- WarSpotting's versions in the columns of the others: under the loss that a record is matched with, else under a loss
-- of its own.
with versions as (
    select * from {{ ref('int_warspotting__versions') }}
),

matches as (
    select * from {{ ref('int_losses__warspotting_matches') }}
),

final as (
    select
        coalesce(matches.loss_id, md5('warspotting|' || versions.warspotting_id)) as loss_id,
        'warspotting' as source,
        matches.loss_id is null as is_only_here,
        versions.warspotting_id,
        cast(versions.version_number as integer) as version_number,
        versions.recorded_from,
        versions.recorded_to,
        versions.last_shown_at,
        versions.changed,
        versions.side,
        versions.type as page_category,
        versions.model_spelling,
        {{ fold_equipment_name('versions.model_spelling') }} as folded_model,
        {{ status_counted_under() }} as status,
        versions.status_text,
        versions.is_destroyed,
        versions.is_damaged,
        versions.is_abandoned,
        versions.is_captured,
        versions.lost_on,
        case when versions.lost_on is null then 'not_known' else 'reported' end as lost_on_basis,
        {{ day_of('min(versions.recorded_from) over (partition by versions.warspotting_id)') }} as first_seen_on,
        true as is_withdrawal_observable,
        versions.source_sha256,
        versions.source_member,
        versions.source_row,
    from versions
    left join matches
        on versions.warspotting_id = matches.warspotting_id
)

select * from final
