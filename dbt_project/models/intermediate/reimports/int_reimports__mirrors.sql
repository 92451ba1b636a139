-- Which record is the other side's of the same shipment: one to one. A pair is taken where each is the other's best and
-- no other is as good; then the same among what is left. Where two are equally good nobody can tell: none is taken, and
-- both sides are marked ambiguous.
{% set rounds = 4 %}

with pairs as (
    select * from {{ ref('int_reimports__mirror_pairs') }}
),

{% for round in range(1, rounds + 1) %}
    open_{{ round }} as (
        {% if round == 1 %}
            select * from pairs
        {% else %}
            select * from open_{{ round - 1 }}
            where
                russian_line_id not in (select taken.russian_line_id from taken_{{ round - 1 }} as taken)
                and foreign_line_id not in (select taken.foreign_line_id from taken_{{ round - 1 }} as taken)
        {% endif %}
    ),

    taken_{{ round }} as (
        select *
        from open_{{ round }}
        qualify
            place = min(place) over (partition by russian_line_id)
            and place = min(place) over (partition by foreign_line_id)
            and count(*) over (partition by russian_line_id, place) = 1
            and count(*) over (partition by foreign_line_id, place) = 1
    ),
{% endfor %}

taken as (
    {% for round in range(1, rounds + 1) %}
        select * from taken_{{ round }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

left_open as (
    select * from open_{{ rounds }}
    where
        russian_line_id not in (select taken.russian_line_id from taken)
        and foreign_line_id not in (select taken.foreign_line_id from taken)
),

final as (
    select
        russian_line_id as customs_line_id,
        'matched' as mirror_status,
        foreign_line_id as mirror_line_id,
        rule_id,
        days_between,
    from taken
    union all
    select
        foreign_line_id as customs_line_id,
        'matched' as mirror_status,
        russian_line_id as mirror_line_id,
        rule_id,
        days_between,
    from taken
    union all
    select distinct
        unnest([russian_line_id, foreign_line_id]) as customs_line_id,
        'ambiguous' as mirror_status,
        cast(null as varchar) as mirror_line_id,
        cast(null as varchar) as rule_id,
        cast(null as bigint) as days_between,
    from left_open
)

select * from final
