{#- So many losses with one and the same change in one showing are one decision of the editor, not as many events. -#}
{% set losses_of_a_bulk_revision = 20 %}

with versions as (
    select * from {{ ref('fct_equipment_loss_versions') }}
),


sources as (
    select * from {{ ref('stg_boomerang__sources') }}
),

followed as (
    select
        *,
        lag(model_spelling) over one_loss as previous_model_spelling,
        lag(status) over one_loss as previous_status,
        lag(page_category) over one_loss as previous_page_category,
        lag(producer_country) over one_loss as previous_producer_country,
        lag(oryx_url) over one_loss as previous_oryx_url,
    from versions
    window one_loss as (partition by loss_id, source order by version_number)
),

revisions as (
    select
        *,
        unnest(string_split(changed, ', ')) as change,
    from followed
    where changed != 'first_seen'
),

told as (
    select
        source,
        recorded_from as observed_at,
        side,
        change,
        case change
            when 'model' then previous_model_spelling
            when 'status' then previous_status
            when 'category' then previous_page_category
            when 'type' then previous_page_category
            when 'producer' then previous_producer_country
            when 'link' then regexp_extract(previous_oryx_url, '://([^/?#]+)', 1)
        end as value_before,
        case change
            when 'model' then model_spelling
            when 'status' then status
            when 'category' then page_category
            when 'type' then page_category
            when 'producer' then producer_country
            when 'link' then regexp_extract(oryx_url, '://([^/?#]+)', 1)
        end as value_after,
        source_sha256,
    from revisions
    -- A line of the page that is renumbered moves all that stand behind it, every day.
    where change != 'number'
    union all
    select
        source,
        recorded_to as observed_at,
        side,
        withdrawal_basis as change,
        null as value_before,
        null as value_after,
        null as source_sha256,
    from versions
    where withdrawal_basis is not null
),

final as (
    select
        told.source,
        told.observed_at,
        told.side,
        told.change,
        coalesce(told.value_before, '') as value_before,
        coalesce(told.value_after, '') as value_after,
        {{ day_of('told.observed_at') }} as observed_on,
        count(*) as losses,
        min(sources.is_synthetic) as is_synthetic,
    from told
    left join sources
        on told.source = sources.source
    group by told.source, told.observed_at, told.side, told.change, value_before, value_after
    having count(*) >= {{ losses_of_a_bulk_revision }}
)

select * from final
