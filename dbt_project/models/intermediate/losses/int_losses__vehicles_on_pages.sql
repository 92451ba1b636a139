{% set pages_read %}
    select distinct
        source,
        source_sha256,
        side,
    from {{ ref('int_losses__pages_observed') }}
    where is_read and source in {{ oryx_page_sources() }}
{% endset %}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="delete from {{ this }} as held where not exists (
        select 1 from {{ ref('int_losses__pages_observed') }} as pages
        where pages.is_read and pages.source = held.source and pages.source_sha256 = held.source_sha256)"
) }}

{% set added = none %}
{% if is_incremental() %}
    {% set added = first_column(
        'select distinct pages.source_sha256 from (' ~ pages_read ~ ') as pages anti join ' ~ this
        ~ ' as held on pages.source = held.source and pages.source_sha256 = held.source_sha256 order by all'
    ) %}
{% endif %}

with links as (
    select * from {{ ref('stg_oryx__loss_links') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

entries as (
    select * from {{ ref('stg_oryx__entries') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

pages_read as (
    {{ pages_read }}
),

-- Only pages that tell what the source showed; each once, however often it was observed.
pages as (
    select pages_read.*
    from pages_read
    {% if is_incremental() %}
        anti join {{ this }} as held
            on pages_read.source = held.source and pages_read.source_sha256 = held.source_sha256
    {% endif %}
),

-- Pages repeat each other: every address and every name is normalised once, not once a page.
addresses as (
    select
        url,
        coalesce({{ normalise_url('url') }}, '') as normalised_url,
    from links
    group by url
),

names as (
    select
        model_spelling,
        {{ fold_equipment_name('model_spelling') }} as folded_model,
    from links
    group by model_spelling
),

vehicles as (
    select
        links.* exclude (side),
        coalesce(pages.side, links.side, 'unknown') as side,
        addresses.normalised_url,
        names.folded_model,
        unnest(links.numbers) as vehicle_number,
        generate_subscripts(links.numbers, 1) as position_in_link,
    from links
    inner join pages
        on links.source = pages.source and links.source_sha256 = pages.source_sha256
    left join addresses
        on links.url is not distinct from addresses.url
    left join names
        on links.model_spelling = names.model_spelling
),

-- One address may stand for several vehicles, in one link or in several: they are told apart by their order on the
-- page, since a number in a list changes whenever a picture is put in between.
ordered as (
    select
        *,
        row_number() over (
            partition by source, source_sha256, side, normalised_url
            order by source_member, source_row, position_in_link
        ) as ordinal,
    from vehicles
),

final as (
    select
        ordered.source,
        ordered.source_sha256 as showing_id,
        ordered.source_sha256,
        ordered.source_member,
        ordered.source_row,
        ordered.entry_row,
        cast(ordered.position_in_link as integer) as position_in_link,
        md5(ordered.side || '|' || ordered.normalised_url || '|' || ordered.ordinal) as loss_id,
        ordered.side,
        ordered.normalised_url,
        cast(ordered.ordinal as integer) as ordinal,
        trim(ordered.url) as url,
        ordered.category as page_category,
        ordered.model_spelling,
        ordered.folded_model,
        entries.producer_country,
        cast(ordered.vehicle_number as integer) as vehicle_number,
        ordered.status_text,
        {{ status_counted_under() }} as status,
        ordered.is_destroyed,
        ordered.is_damaged,
        ordered.is_abandoned,
        ordered.is_captured,
        ordered.qualifier,
        ordered.pictured_on,
    from ordered
    left join entries
        on
            ordered.source = entries.source
            and ordered.source_sha256 = entries.source_sha256
            and ordered.source_member = entries.source_member
            and ordered.entry_row = entries.source_row
)

select * from final
