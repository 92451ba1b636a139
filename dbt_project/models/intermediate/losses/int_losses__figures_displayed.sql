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

with headings as (
    select * from {{ ref('stg_oryx__headings') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

entries as (
    select * from {{ ref('stg_oryx__entries') }}
    {% if added is not none %}where {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

pages_read as (
    {{ pages_read }}
),

pages as (
    select pages_read.*
    from pages_read
    {% if is_incremental() %}
        anti join {{ this }} as held
            on pages_read.source = held.source and pages_read.source_sha256 = held.source_sha256
    {% endif %}
),

figures as (
    select
        source,
        source_sha256,
        source_member,
        kind,
        source_row,
        side,
        category,
        heading_text as displayed_text,
        displayed_total,
        displayed_destroyed,
        displayed_damaged,
        displayed_abandoned,
        displayed_captured,
    from headings
    where kind in ('headline', 'category')
    union all
    select
        source,
        source_sha256,
        source_member,
        'model' as kind,
        source_row,
        side,
        category,
        model_spelling as displayed_text,
        displayed_count as displayed_total,
        null as displayed_destroyed,
        null as displayed_damaged,
        null as displayed_abandoned,
        null as displayed_captured,
    from entries
),

final as (
    select
        figures.* exclude (side),
        coalesce(pages.side, figures.side, 'unknown') as side,
    from figures
    inner join pages
        on figures.source = pages.source and figures.source_sha256 = pages.source_sha256
)

select * from final
