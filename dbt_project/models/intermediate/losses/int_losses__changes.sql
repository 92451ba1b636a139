{% set neighbours %}
    select distinct
        source,
        coalesce(earlier_showing_id, '') as earlier_showing_id,
        showing_id,
    from {{ ref('int_losses__page_spans') }}
{% endset %}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="delete from {{ this }} as held where not exists (
        select 1 from {{ ref('int_losses__page_spans') }} as spans
        where
            spans.source = held.source
            and spans.showing_id = held.showing_id
            and coalesce(spans.earlier_showing_id, '') = held.earlier_showing_id)"
) }}

{% set added = none %}
{% if is_incremental() %}
    {% set added = first_column(
        'with added as (select neighbours.* from (' ~ neighbours ~ ') as neighbours anti join ' ~ this
        ~ ' as held on neighbours.source = held.source and neighbours.showing_id = held.showing_id'
        ~ ' and neighbours.earlier_showing_id = held.earlier_showing_id)'
        ~ ' select showing_id from added union select earlier_showing_id from added order by all'
    ) %}
{% endif %}

with neighbours as (
    {{ neighbours }}
),

-- What differs between two neighbouring showings depends on these two alone: a night compares what it has put side by
-- side, and leaves the rest.
compared as (
    select neighbours.*
    from neighbours
    {% if is_incremental() %}
        anti join {{ this }} as held
            on
                neighbours.source = held.source
                and neighbours.showing_id = held.showing_id
                and neighbours.earlier_showing_id = held.earlier_showing_id
    {% endif %}
),

vehicles as (
    select *
    from {{ ref('int_losses__vehicles_observed') }}
    {% if added is not none %}where {{ is_one_of_files('showing_id', added) }}{% endif %}
),

contents as (
    select
        source,
        showing_id,
        loss_id,
        hash(
            side, page_category, folded_model, producer_country, vehicle_number, status_text, is_destroyed, is_damaged,
            is_abandoned, is_captured, qualifier, pictured_on, url
        ) as content,
    from vehicles
),

later as (
    select
        compared.earlier_showing_id,
        contents.*,
    from contents
    inner join compared
        on contents.source = compared.source and contents.showing_id = compared.showing_id
),

earlier as (
    select
        compared.showing_id as later_showing_id,
        contents.*,
    from contents
    inner join compared
        on contents.source = compared.source and contents.showing_id = compared.earlier_showing_id
),

differences as (
    select
        coalesce(later.source, earlier.source) as source,
        coalesce(later.earlier_showing_id, earlier.showing_id) as earlier_showing_id,
        coalesce(later.showing_id, earlier.later_showing_id) as showing_id,
        coalesce(later.loss_id, earlier.loss_id) as loss_id,
        case
            when earlier.loss_id is null then 'appeared'
            when later.loss_id is null then 'gone'
            else 'differs'
        end as difference,
    from later
    full join earlier
        on
            later.source = earlier.source
            and later.earlier_showing_id = earlier.showing_id
            and later.showing_id = earlier.later_showing_id
            and later.loss_id = earlier.loss_id
    where later.content is distinct from earlier.content
),

-- What is gone is described as it stood last.
described as (
    select
        differences.earlier_showing_id,
        differences.showing_id as compared_showing_id,
        differences.difference,
        vehicles.*,
    from differences
    inner join vehicles
        on
            differences.source = vehicles.source
            and differences.loss_id = vehicles.loss_id
            and case
                when differences.difference = 'gone' then differences.earlier_showing_id
                else differences.showing_id
            end = vehicles.showing_id
),

-- Two neighbours without a difference are marked as compared all the same.
final as (
    select
        compared.source,
        compared.earlier_showing_id,
        compared.showing_id,
        coalesce(described.difference, 'none') as difference,
        described.* exclude (source, earlier_showing_id, showing_id, compared_showing_id, difference),
    from compared
    left join described
        on
            compared.source = described.source
            and compared.earlier_showing_id = described.earlier_showing_id
            and compared.showing_id = described.compared_showing_id
)

select * from final
