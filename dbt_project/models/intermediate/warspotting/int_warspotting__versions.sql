{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['warspotting_id', 'version_number'],
    pre_hook="{% if is_incremental() and not warspotting_showings_to_apply(ref('int_warspotting__showings'), this).are_later %}delete from {{ this }}{% endif %}"
) }}

{#- A night adds its answer to what stands: the last version of each record is followed on from there. An answer of an
    earlier moment has all of them told anew. Both give the same rows. -#}
{%- set ns = namespace(goes_on=false, checksums=[]) -%}
{%- if execute and is_incremental() -%}
    {%- set to_apply = warspotting_showings_to_apply(ref('int_warspotting__showings'), this) -%}
    {%- set ns.goes_on = to_apply.are_later -%}
    {%- set ns.checksums = to_apply.checksums -%}
{%- endif -%}

{%- set contents = [
    'lost_on', 'type', 'model_spelling', 'status', 'status_text', 'is_destroyed', 'is_damaged', 'is_abandoned',
    'is_captured', 'lost_by', 'side', 'nearest_location', 'latitude', 'longitude', 'unit', 'tags', 'is_tags_told',
    'source_sha256', 'source_member', 'source_row',
] -%}

with all_showings as (
    select * from {{ ref('int_warspotting__showings') }}
),

all_losses as (
    select * from {{ ref('stg_warspotting__losses') }}
    {% if ns.goes_on %}
    where {{ is_one_of_files('source_sha256', ns.checksums) }}
    {% endif %}
),

all_unread_ids as (
    select * from {{ ref('stg_warspotting__unread_ids') }}
    {% if ns.goes_on %}
    where {{ is_one_of_files('source_sha256', ns.checksums) }}
    {% endif %}
),

standing as (
    {% if ns.goes_on %}
    select *
    from {{ this }}
    qualify row_number() over (partition by warspotting_id order by version_number desc) = 1
    {% else %}
        select
            losses.*,
            {{ status_counted_under() }} as status,
            false as is_tags_told,
            0 as version_number,
            cast(null as timestamptz) as recorded_from,
            cast(null as timestamptz) as recorded_to,
            cast(null as timestamptz) as last_shown_at,
            '' as changed,
            losses.model_spelling as previous_model_spelling,
            '' as previous_status,
            losses.lost_on as previous_lost_on,
        from all_losses as losses
        where false
    {% endif %}
),

showings as (
    select
        observed_at,
        observed_on,
        source_sha256,
        tells_tags,
        is_complete,
        -- The next time that everything was shown: what is not there is withdrawn.
        min(case when is_complete then observed_at end) over (
            order by observed_at
            rows between 1 following and unbounded following
        ) as next_complete_at,
    from all_showings
    where
        is_read
    {% if ns.goes_on %}
        and built_at = {{ built_at() }}
        {% endif %}
),

-- A record that stands in an answer again, word for word, is one record.
losses as (
    select
        *,
        {{ status_counted_under() }} as status,
    from all_losses
    qualify row_number() over (
        partition by source_sha256, warspotting_id order by source_member, source_row
    ) = 1
),

shown as (
    select
        losses.warspotting_id,
        showings.observed_at,
        showings.next_complete_at,
        -- A day that had not come when it was shown is a misprint (a day's grace for time zones). The record is there,
        -- but what it says can't be taken.
        losses.lost_on <= showings.observed_on + 1 as is_readable,
        showings.tells_tags as is_tags_told,
        {% for content in contents if content != 'is_tags_told' %}
            losses.{{ content }},
        {% endfor %}
    from losses
    inner join showings
        on losses.source_sha256 = showings.source_sha256
),

-- Shown, but in the quarantine: what the record said before stands.
shown_unread as (
    select distinct
        unread_ids.warspotting_id,
        showings.observed_at,
        showings.next_complete_at,
    from all_unread_ids as unread_ids
    inner join showings
        on unread_ids.source_sha256 = showings.source_sha256
    left join losses
        on
            unread_ids.source_sha256 = losses.source_sha256
            and unread_ids.warspotting_id = losses.warspotting_id
    where losses.warspotting_id is null
),

moments as (
    select
        *,
        0 as standing_number,
        cast(null as timestamptz) as standing_to,
    from shown
    union all by name
    select
        *,
        false as is_readable,
        0 as standing_number,
    from shown_unread
    union all by name
    select
        standing.warspotting_id,
        standing.last_shown_at as observed_at,
        (
            select min(showings.observed_at) from showings
            where showings.is_complete
        ) as next_complete_at,
        true as is_readable,
        standing.version_number as standing_number,
        standing.recorded_to as standing_to,
        {% for content in contents %}
            standing.{{ content }},
        {% endfor %}
    from standing
),

-- Dumps of 2024 have no tags: that is not to say that there were none.
with_kept_tags as (
    select
        *,
        last_value(case when is_tags_told then struct_pack(tags := tags) end ignore nulls) over (
            partition by warspotting_id order by observed_at rows unbounded preceding
        ) as kept_tags,
    from moments
),

told as (
    select
        *
        replace (
            struct_extract(kept_tags, 'tags') as tags,
            kept_tags is not null as is_tags_told
        ),
    from with_kept_tags
),

followed as (
    select
        *,
        lead(observed_at) over (partition by warspotting_id order by observed_at) as next_at,
    from told
),

absences as (
    select
        *,
        coalesce(
            standing_to,
            case when next_complete_at < coalesce(next_at, timestamptz 'infinity') then next_complete_at end
        ) as absent_from,
    from followed
),

counted as (
    select
        *,
        count(absent_from) over (
            partition by warspotting_id
            order by observed_at
            rows between unbounded preceding and 1 preceding
        ) as absences_before,
    from absences
),

compared as (
    select
        *,
        lag(absences_before) over one_record as previous_absences,
        {% for content in contents if not content.startswith('source_') %}
            lag({{ content }}) over one_record as previous_{{ content }},
        {% endfor %}
    from counted
    where is_readable
    window one_record as (partition by warspotting_id order by observed_at)
),

changes as (
    select
        *,
        case
            when standing_number > 0 then ''
            when previous_absences is null then 'first_seen'
            else concat_ws(
                ', ',
                case when previous_absences < absences_before then 'returned' end,
                case when previous_status_text is distinct from status_text then 'status' end,
                case when previous_model_spelling is distinct from model_spelling then 'model' end,
                case when previous_type is distinct from type then 'type' end,
                case when previous_lost_on is distinct from lost_on then 'date' end,
                case
                    when
                        previous_nearest_location is distinct from nearest_location
                        or previous_latitude is distinct from latitude
                        or previous_longitude is distinct from longitude
                        then 'place'
                end,
                case when previous_unit is distinct from unit then 'unit' end,
                case
                    when not previous_is_tags_told and tags is not null then 'tags_told'
                    when previous_is_tags_told and previous_tags is distinct from tags then 'tags'
                end,
                case when previous_lost_by is distinct from lost_by then 'side' end
            )
        end as changed,
    from compared
),

-- Moments at which a record could not be read belong to the version before, unless it had been away since.
numbered as (
    select
        counted.warspotting_id,
        counted.observed_at,
        counted.absences_before,
        counted.absent_from,
        cast(
            sum(counted.standing_number + cast(coalesce(changes.changed, '') != '' as integer)) over (
                partition by counted.warspotting_id
                order by counted.observed_at
                rows unbounded preceding
            ) as integer
        ) as version_number,
    from counted
    left join changes
        on counted.warspotting_id = changes.warspotting_id and counted.observed_at = changes.observed_at
),

begun as (
    select
        *,
        min(absences_before) over (partition by warspotting_id, version_number) as absences_of_version,
    from numbered
    where version_number > 0
),

lasting as (
    select
        warspotting_id,
        version_number,
        min(observed_at) as begins_at,
        max(observed_at) as last_shown_at,
        min(absent_from) as absent_from,
    from begun
    where absences_before = absences_of_version
    group by warspotting_id, version_number
),

ended as (
    select
        warspotting_id,
        version_number,
        begins_at,
        last_shown_at,
        least(
            absent_from, lead(begins_at) over (partition by warspotting_id order by version_number)
        ) as recorded_to,
    from lasting
),

final as (
    select
        ended.warspotting_id,
        ended.version_number,
        coalesce(standing.recorded_from, ended.begins_at) as recorded_from,
        ended.recorded_to,
        ended.last_shown_at,
        coalesce(standing.changed, changes.changed) as changed,
        {% for content in contents %}
            changes.{{ content }},
        {% endfor %}
        case
            when standing.version_number is not null then standing.previous_model_spelling
            else changes.previous_model_spelling
        end as previous_model_spelling,
        case
            when standing.version_number is not null then standing.previous_status
            else changes.previous_status
        end as previous_status,
        case
            when standing.version_number is not null then standing.previous_lost_on
            else changes.previous_lost_on
        end as previous_lost_on,
    from ended
    inner join changes
        on ended.warspotting_id = changes.warspotting_id and ended.begins_at = changes.observed_at
    left join standing
        on ended.warspotting_id = standing.warspotting_id and ended.version_number = standing.version_number
)

select * from final
