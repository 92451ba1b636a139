{% set files_read %}
    select distinct
        showing_id,
        source_sha256,
    from {{ ref('int_losses__pages_observed') }}
    where is_read and source = {{ oryx_history_source() }}
{% endset %}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="delete from {{ this }} as held where not exists (
        select 1 from {{ ref('int_losses__pages_observed') }} as tables
        where tables.source = held.source and tables.showing_id = held.showing_id)"
) }}

{% set added = none %}
{% if is_incremental() %}
    {% set added = first_column(
        'select distinct files.source_sha256 from (' ~ files_read ~ ') as files anti join ' ~ this
        ~ ' as held on files.showing_id = held.showing_id order by all'
    ) %}
{% endif %}

with table_rows as (
    select * from {{ ref('stg_oryx_history__rows') }}
    where url is not null {% if added is not none %}and {{ is_one_of_files('source_sha256', added) }}{% endif %}
),

files_read as (
    {{ files_read }}
),

files as (
    select files_read.*
    from files_read
    {% if is_incremental() %}
        anti join {{ this }} as held
            on files_read.showing_id = held.showing_id
    {% endif %}
),

-- Tables repeat each other: every address and every name is normalised once, not once a table.
addresses as (
    select
        url,
        {{ normalise_url('url') }} as normalised_url,
    from table_rows
    group by url
),

numbered_addresses as (
    select
        url,
        normalised_url,
        dense_rank() over (order by normalised_url) as address,
    from addresses
),

names as (
    select
        model_spelling,
        {{ fold_equipment_name('model_spelling') }} as folded_model,
    from table_rows
    group by model_spelling
),

numbered as (
    select
        files.showing_id,
        table_rows.* exclude (source),
        numbered_addresses.normalised_url,
        numbered_addresses.address,
        names.folded_model,
        -- jessicaw9910 gives a row to every vehicle; see below for the other collector.
        case when table_rows.collector = 'jessicaw9910' then table_rows.status_text end as own_status,
        -- Which of the rows of one vehicle leads: the one under whose status it counts.
        case
            when table_rows.is_destroyed then 1
            when table_rows.is_captured then 2
            when table_rows.is_abandoned then 3
            else 4
        end as precedence,
    from table_rows
    inner join files
        on table_rows.source_sha256 = files.source_sha256
    inner join numbered_addresses
        on table_rows.url = numbered_addresses.url
    inner join names
        on table_rows.model_spelling = names.model_spelling
),

crowded_pictures as (
    select
        showing_id,
        side,
        address,
    from numbered
    group by showing_id, side, address
    having count(*) > 1
),

-- scarnecchia gives a row to each picture, name and status: the statuses of one name at one picture are taken for one
-- vehicle's.
ranked_rows as (
    select
        *,
        row_number() over (
            partition by showing_id, side, address, folded_model, list_number, category, own_status
            order by precedence, source_sha256, source_member, source_row
        ) as place_in_vehicle,
        bool_or(is_destroyed) over one_vehicle as ever_destroyed,
        bool_or(is_damaged) over one_vehicle as ever_damaged,
        bool_or(is_abandoned) over one_vehicle as ever_abandoned,
        bool_or(is_captured) over one_vehicle as ever_captured,
        bool_and(is_destroyed) over one_vehicle as always_destroyed,
        bool_and(is_damaged) over one_vehicle as always_damaged,
        bool_and(is_abandoned) over one_vehicle as always_abandoned,
        bool_and(is_captured) over one_vehicle as always_captured,
        min(recorded_on) over one_vehicle as first_recorded_on,
    from numbered
    semi join crowded_pictures
        on
            numbered.showing_id = crowded_pictures.showing_id
            and numbered.side = crowded_pictures.side
            and numbered.address = crowded_pictures.address
    window
        one_vehicle as (
            partition by showing_id, side, address, folded_model, list_number, category, own_status
        )
),

vehicles as (
    select
        * replace (
            coalesce(
                own_status,
                concat_ws(
                    ', ',
                    case when ever_abandoned then 'abandoned' end,
                    case when ever_captured then 'captured' end,
                    case when ever_damaged then 'damaged' end,
                    case when ever_destroyed then 'destroyed' end
                )
            ) as status_text,
            ever_destroyed as is_destroyed,
            ever_damaged as is_damaged,
            ever_abandoned as is_abandoned,
            ever_captured as is_captured,
            first_recorded_on as recorded_on
        ),
        (ever_destroyed, ever_damaged, ever_abandoned, ever_captured)
        != (always_destroyed, always_damaged, always_abandoned, always_captured) as has_several_statuses,
    from ranked_rows
    where place_in_vehicle = 1
),

-- Names of one picture that the collector saw on one day are vehicles of that picture; a name that came on a later day
-- is a new name of one of them, whose old row stayed. As many vehicles are kept as names were seen on one day, under
-- the names that came last.
same_day as (
    select
        *,
        count(*) over (partition by showing_id, side, address) as names_at_picture,
        count(*) over (partition by showing_id, side, address, recorded_on) as names_of_day,
        row_number() over (
            partition by showing_id, side, address, folded_model
            order by list_number, category, own_status
        ) as place_in_name,
    from vehicles
),

ranked as (
    select
        *,
        max(names_of_day) over (partition by showing_id, side, address) as vehicles_at_picture,
        row_number() over (
            partition by showing_id, side, address
            order by recorded_on desc, folded_model asc, place_in_name asc
        ) as recency,
    from same_day
),

-- The first vehicle of each name comes first, so that both collectors give it the same ordinal.
kept as (
    select
        *,
        row_number() over (
            partition by showing_id, side, address order by place_in_name, folded_model
        ) as ordinal,
    from ranked
    where recency <= vehicles_at_picture
),

-- Every row of a picture stays addressable: those that lead no loss are named beside it.
other_rows as (
    select
        ranked_rows.showing_id,
        ranked_rows.side,
        ranked_rows.address,
        string_agg(
            concat_ws(':', ranked_rows.source_sha256, ranked_rows.source_member, ranked_rows.source_row), ', '
            order by ranked_rows.source_sha256, ranked_rows.source_member, ranked_rows.source_row
        ) as other_rows,
    from ranked_rows
    anti join kept
        on
            ranked_rows.showing_id = kept.showing_id
            and ranked_rows.source_sha256 = kept.source_sha256
            and ranked_rows.source_member = kept.source_member
            and ranked_rows.source_row = kept.source_row
    group by ranked_rows.showing_id, ranked_rows.side, ranked_rows.address
),

-- Nine pictures in ten have one row, and need none of this.
united as (
    select
        *,
        1 as ordinal,
        cast(null as varchar) as uncertainty,
        cast(null as varchar) as other_rows,
    from numbered
    anti join crowded_pictures
        on
            numbered.showing_id = crowded_pictures.showing_id
            and numbered.side = crowded_pictures.side
            and numbered.address = crowded_pictures.address
    union all by name
    select
        kept.* exclude (
            place_in_vehicle, ever_destroyed, ever_damaged, ever_abandoned,
            ever_captured, always_destroyed, always_damaged, always_abandoned, always_captured, first_recorded_on,
            has_several_statuses, names_at_picture, names_of_day, place_in_name, vehicles_at_picture, recency
        ),
        case
            when kept.names_at_picture > kept.vehicles_at_picture then 'earlier_name'
            when kept.has_several_statuses then 'several_statuses'
        end as uncertainty,
        other_rows.other_rows,
    from kept
    left join other_rows
        on
            kept.showing_id = other_rows.showing_id
            and kept.side = other_rows.side
            and kept.address = other_rows.address
),

final as (
    select
        {{ oryx_history_source() }} as source,
        showing_id,
        source_sha256,
        source_member,
        source_row,
        md5(side || '|' || normalised_url || '|' || ordinal) as loss_id,
        collector,
        side,
        normalised_url,
        cast(ordinal as integer) as ordinal,
        trim(url) as url,
        category as page_category,
        model_spelling,
        folded_model,
        producer_country,
        list_number as vehicle_number,
        status_text,
        {{ status_counted_under() }} as status,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        qualifier,
        pictured_on,
        recorded_on,
        uncertainty,
        other_rows,
    from united
)

select * from final
