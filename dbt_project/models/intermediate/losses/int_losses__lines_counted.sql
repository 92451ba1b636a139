{% set showings_read %}
    select distinct
        source,
        showing_id,
    from {{ ref('int_losses__page_spans') }}
{% endset %}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="delete from {{ this }} as held where not exists (
        select 1 from {{ ref('int_losses__page_spans') }} as spans
        where spans.source = held.source and spans.showing_id = held.showing_id)"
) }}

{% set added = none %}
{% if is_incremental() %}
    {% set added = first_column(
        'select distinct showings.showing_id from (' ~ showings_read ~ ') as showings anti join ' ~ this
        ~ ' as held on showings.source = held.source and showings.showing_id = held.showing_id order by all'
    ) %}
{% endif %}

with vehicles as (
    select *
    from {{ ref('int_losses__vehicles_observed') }}
    {% if added is not none %}where {{ is_one_of_files('showing_id', added) }}{% endif %}
),

showings_read as (
    {{ showings_read }}
),

showings as (
    select showings_read.*
    from showings_read
    {% if is_incremental() %}
        anti join {{ this }} as held
            on showings_read.source = held.source and showings_read.showing_id = held.showing_id
    {% endif %}
),

-- Each showing is counted once, however many days it stood.
final as (
    select
        vehicles.source,
        vehicles.showing_id,
        vehicles.side,
        vehicles.source_member,
        vehicles.page_category,
        vehicles.entry_row,
        vehicles.folded_model,
        count(*) filter (where vehicles.status = 'destroyed') as destroyed,
        count(*) filter (where vehicles.status = 'damaged') as damaged,
        count(*) filter (where vehicles.status = 'abandoned') as abandoned,
        count(*) filter (where vehicles.status = 'captured') as captured,
        count(*) as total,
        count(*) filter (where vehicles.uncertainty = 'several_statuses') as several_statuses,
        count(*) filter (where vehicles.uncertainty = 'earlier_name') as earlier_names,
    from vehicles
    inner join showings
        on vehicles.source = showings.source and vehicles.showing_id = showings.showing_id
    group by
        vehicles.source, vehicles.showing_id, vehicles.side, vehicles.source_member, vehicles.page_category,
        vehicles.entry_row, vehicles.folded_model
)

select * from final
