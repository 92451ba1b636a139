{#- How the two sites add the same loss, seen in the pairs that are each other's only candidate: WarSpotting's ids run
    about 4 days ahead of Oryx (what is entered late makes the dates of the ids before it look early). The weights
    below are the counts of those pairs by days apart, over the highest; nothing in them was learnt from the dates in
    the names of pictures, which are kept for the test (docs/matching.md). -#}
{%- set usual_days_ahead = 4 -%}
{%- set widest = 14 -%}
{#- How much likelier than no partner at all the best kind of pair is: 10 to 1. -#}
{%- set no_partner = 0.1 -%}

with oryx_losses as (
    select * from {{ ref('int_matching__oryx_losses') }}
),

warspotting_records as (
    select * from {{ ref('int_matching__warspotting_records') }}
),

-- Losses that agree in all that is compared can't be told apart: they are scored together, and paired in the order of
-- both lists.
oryx_alike as (
    select
        row_number() over (order by min(loss_id)) as oryx_class,
        block,
        model_key,
        any_value(model) as model,
        status,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        first_seen_on,
        added_from_on,
        count(*) as losses,
        list(loss_id order by place_in_list) as loss_ids,
    from oryx_losses
    group by
        block, model_key, status, is_destroyed, is_damaged, is_abandoned, is_captured, first_seen_on, added_from_on
),

warspotting_alike as (
    select
        row_number() over (order by min(warspotting_id)) as warspotting_class,
        block,
        model_key,
        any_value(model) as model,
        status,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        lost_on,
        nearest_location,
        entered_about_on,
        count(*) as records,
        list(warspotting_id order by warspotting_id) as warspotting_ids,
    from warspotting_records
    group by
        block,
        model_key,
        status,
        is_destroyed,
        is_damaged,
        is_abandoned,
        is_captured,
        lost_on,
        nearest_location,
        entered_about_on
),

-- Fortnights, so that only neighbours in time are compared.
oryx_in_time as (
    select
        *,
        unnest(
            generate_series(
                (added_from_on - {{ usual_days_ahead + widest }} - date '2022-01-01') // 14,
                (first_seen_on - {{ usual_days_ahead - widest }} - date '2022-01-01') // 14
            )
        ) as fortnight,
    from oryx_alike
),

warspotting_in_time as (
    select
        *,
        (entered_about_on - date '2022-01-01') // 14 as fortnight,
    from warspotting_alike
),

candidates as (
    select
        oryx.oryx_class,
        warspotting.warspotting_class,
        oryx.losses,
        warspotting.records,
        oryx.loss_ids,
        warspotting.warspotting_ids,
        oryx.model as oryx_model,
        warspotting.model as warspotting_model,
        oryx.status as oryx_status,
        warspotting.status as warspotting_status,
        oryx.first_seen_on,
        warspotting.lost_on,
        warspotting.entered_about_on,
        oryx.model_key = warspotting.model_key as is_same_model,
        oryx.status = warspotting.status as is_same_status,
        (oryx.is_destroyed and warspotting.is_destroyed)
        or (oryx.is_damaged and warspotting.is_damaged)
        or (oryx.is_abandoned and warspotting.is_abandoned)
        or (oryx.is_captured and warspotting.is_captured) as has_common_status,
        oryx.first_seen_on - warspotting.lost_on as days_after_loss,
        -- Days by which Oryx was later than usual (earlier: below 0) in adding what WarSpotting entered then.
        greatest(oryx.added_from_on - (warspotting.entered_about_on + {{ usual_days_ahead }}), 0)
        + least(oryx.first_seen_on - (warspotting.entered_about_on + {{ usual_days_ahead }}), 0) as days_off,
    from oryx_in_time as oryx
    inner join warspotting_in_time as warspotting
        on
            oryx.block = warspotting.block
            and oryx.fortnight = warspotting.fortnight
            and oryx.first_seen_on >= warspotting.lost_on
),

weighed as (
    select
        *,
        cast(
            case
                when days_after_loss = 0 then 0.05
                when days_after_loss = 1 then 0.45
                when days_after_loss = 2 then 0.7
                when days_after_loss = 3 then 1.0
                when days_after_loss = 4 then 0.9
                when days_after_loss = 5 then 0.7
                when days_after_loss = 6 then 0.42
                when days_after_loss = 7 then 0.36
                when days_after_loss <= 10 then 0.22
                when days_after_loss <= 14 then 0.12
                when days_after_loss <= 21 then 0.07
                when days_after_loss <= 45 then 0.03
                else 0.012
            end * case
                when days_off < -6 then 0.02
                when days_off < -3 then 0.05
                when days_off = -3 then 0.45
                when days_off = -2 then 0.6
                when days_off = -1 then 0.65
                when days_off = 0 then 1.0
                when days_off = 1 then 0.2
                when days_off = 2 then 0.12
                when days_off = 3 then 0.08
                when days_off <= 7 then 0.05
                else 0.02
            end * case when is_same_model then 1.0 else 0.08 end
            * case when is_same_status then 1.0 when has_common_status then 0.3 else 0.06 end
            as decimal(18, 8)
        ) as weight,
    from candidates
    where days_off between -{{ widest }} and {{ widest }}
),

-- Decimals: their sum is the same in any order.
rivalled as (
    select
        *,
        sum(records * weight) over (partition by oryx_class) as weight_of_records,
        sum(losses * weight) over (partition by warspotting_class) as weight_of_losses,
    from weighed
    where weight >= 0.002
),

scored as (
    select
        *,
        least(
            records * weight / (weight_of_records + {{ no_partner }}),
            losses * weight / (weight_of_losses + {{ no_partner }})
        ) * least(1.0, records / losses) as score,
    from rivalled
),

-- Above a half nothing else can be as likely, on either side: each is in one pair, and no order of settling matters.
accepted as (
    select
        *,
        unnest(generate_series(1, least(losses, records))) as place,
    from scored
    where score > 0.5
),

final as (
    select
        loss_ids[place] as loss_id,
        warspotting_ids[place] as warspotting_id,
        round(score, 4) as match_score,
        case when losses = 1 and records = 1 then 'no_rival' else 'alike_in_order' end as match_rule,
        concat_ws(
            '; ',
            case
                when is_same_model then 'same model (' || oryx_model || ')'
                else 'same family, models differ (Oryx ' || oryx_model || ', WarSpotting ' || warspotting_model || ')'
            end,
            case
                when is_same_status then 'same status (' || oryx_status || ')'
                else 'statuses differ (Oryx ' || oryx_status || ', WarSpotting ' || warspotting_status || ')'
            end,
            'first seen on Oryx on ' || first_seen_on || ', WarSpotting''s date of loss ' || lost_on
            || ' (days between: ' || days_after_loss || ')',
            'its id at WarSpotting is of about ' || entered_about_on
            || ' (days off what is usual for Oryx: ' || days_off || ')',
            case
                when losses = 1 and records = 1 then 'no other pair is as likely on either side'
                else
                    'one of ' || losses || ' alike on Oryx and ' || records
                    || ' alike at WarSpotting (same day and place), paired in the order of both lists'
            end
        ) as explanation,
    from accepted
)

select * from final
