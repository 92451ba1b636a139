{{ config(materialized='view') }}

{% set columns %}
        source,
        showing_id,
        source_sha256,
        source_member,
        source_row,
        loss_id,
        side,
        normalised_url,
        ordinal,
        url,
        page_category,
        model_spelling,
        folded_model,
        producer_country,
        vehicle_number,
        status_text,
        status,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        qualifier,
        pictured_on,
{% endset %}

with on_pages as (
    select * from {{ ref('int_losses__vehicles_on_pages') }}
),

in_tables as (
    select * from {{ ref('int_losses__vehicles_in_tables') }}
),

final as (
    select
        {{ columns }}
        entry_row,
        cast(null as varchar) as collector,
        cast(null as date) as recorded_on,
        cast(null as varchar) as uncertainty,
        cast(null as varchar) as other_rows,
    from on_pages
    union all
    select
        {{ columns }}
        null as entry_row,
        collector,
        recorded_on,
        uncertainty,
        other_rows,
    from in_tables
)

select * from final
