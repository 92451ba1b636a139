{#- First in, first out, within each pool, as one select: what came first is used up first, by whoever asks later.
    Supply and demand have pool, line_id, declared_on, quantity (above 0). A demand draws on supply of an earlier day
    (the same day is not earlier) that no earlier demand has used; what it does not find, it does not claim from later
    supply. As a running sum: with D the demand up to and with this one and S the supply before it, what has been served
    is D + min(0, the least S - D so far). Gives supply_line_id, demand_line_id, quantity. -#}
{% macro first_in_first_out(supply, demand) -%}
    select
        supplied.line_id as supply_line_id,
        served.line_id as demand_line_id,
        least(served.served_to, supplied.supplied_to) - greatest(served.served_from, supplied.supplied_from) as quantity,
    from (
        select
            pool,
            line_id,
            served_to,
            coalesce(lag(served_to) over (partition by pool order by declared_on, line_id), 0) as served_from,
        from (
            select
                pool,
                line_id,
                declared_on,
                demanded_to + least(
                    0,
                    min(supplied_to - demanded_to) over (
                        partition by pool order by declared_on, line_id rows unbounded preceding
                    )
                ) as served_to,
            from (
                select
                    pool,
                    line_id,
                    declared_on,
                    is_supply,
                    sum(demanded) over in_time as demanded_to,
                    sum(supplied) over in_time as supplied_to,
                from (
                    select pool, line_id, declared_on, false as is_supply, quantity as demanded, 0 as supplied
                    from {{ demand }}
                    union all
                    select pool, line_id, declared_on, true as is_supply, 0 as demanded, quantity as supplied
                    from {{ supply }}
                )
                window in_time as (
                    partition by pool order by declared_on, is_supply, line_id rows unbounded preceding
                )
            )
            where not is_supply
        )
    ) as served
    inner join (
        select
            pool,
            line_id,
            sum(quantity) over (
                partition by pool order by declared_on, line_id rows unbounded preceding
            ) as supplied_to,
            sum(quantity) over (
                partition by pool order by declared_on, line_id rows unbounded preceding
            ) - quantity as supplied_from,
        from {{ supply }}
    ) as supplied
        on
            served.pool = supplied.pool
            and served.served_from < supplied.supplied_to
            and supplied.supplied_from < served.served_to
{%- endmacro %}

{#- Goods against goods, strongest knowledge first: the same designation; then the same kind under the same heading,
    where at least one side names no designation (two that name different ones are different goods). Each within the
    same kind of record, maker, place and unit. What one pass leaves over, the next may use. A row per pair and rule.

    supply, demand: relations with the columns of int_reimports__goods.
    places: how the place is known, strongest first: country, party (of the register: "Ministry of Defence" alone is
    the name of many).
    rule_prefix: of the rules' ids in reimport_rules. -#}
{% macro allocate_goods(supply, demand, places, rule_prefix) -%}
    {%- set passes = [] -%}
    {%- for place in places -%}
        {%- do passes.append({'place': place, 'goods': 'designation', 'supply': 'designation is not null', 'demand': 'designation is not null'}) -%}
    {%- endfor -%}
    {%- for place in places -%}
        {%- do passes.append({'place': place, 'goods': 'heading', 'supply': 'designation is null', 'demand': none}) -%}
        {%- do passes.append({'place': place, 'goods': 'heading', 'supply': 'designation is not null', 'demand': 'designation is null'}) -%}
    {%- endfor -%}
    with
    {%- for pass in passes %}
    {%- set number = loop.index %}
    {%- for side, relation in [('supply', supply), ('demand', demand)] %}
    {{ side }}_{{ number }} as materialized (
        select
            concat_ws(
                chr(31),
                goods.record_kind,
                goods.maker_key,
                {{ 'goods.country_code' if pass.place == 'country' else 'goods.party_id' }},
                {% if pass.goods == 'designation' -%}
                    goods.designation,
                {%- else -%}
                    goods.component_class, goods.heading_traced,
                {%- endif %}
                goods.quantity_unit
            ) as pool,
            goods.customs_line_id as line_id,
            goods.declared_on,
            {%- if number == 1 %}
            goods.quantity,
            {%- else %}
            goods.quantity - coalesce(used.quantity, 0) as quantity,
            {%- endif %}
        from {{ relation }} as goods
        {%- if number > 1 %}
        left join (
            select line_id, sum(quantity) as quantity
            from (
                {%- for earlier in range(1, number) %}
                select {{ side }}_line_id as line_id, quantity from allocated_{{ earlier }}
                {%- if not loop.last %} union all {%- endif %}
                {%- endfor %}
            )
            group by line_id
        ) as used
            on goods.customs_line_id = used.line_id
        {%- endif %}
        where
            {% if pass[side] -%}
            goods.{{ pass[side] }} and
            {% endif -%}
            {% if pass.goods == 'heading' -%}
            goods.component_class is not null and goods.heading_traced is not null and goods.may_match_by_kind and
            {% endif -%}
            {% if pass.place == 'party' -%}
            goods.is_party_registered and
            {% endif -%}
            {{ 'goods.country_code' if pass.place == 'country' else 'goods.party_id' }} is not null
            and goods.maker_key is not null
            and goods.declared_on is not null
            and goods.quantity_unit is not null
            and {% if number == 1 %}goods.quantity{% else %}goods.quantity - coalesce(used.quantity, 0){% endif %} > 0
    ),
    {%- endfor %}
    allocated_{{ number }} as materialized (
        {{ first_in_first_out('supply_' ~ number, 'demand_' ~ number) }}
    ),
    {%- endfor %}
    allocated as (
        {%- for pass in passes %}
        select
            supply_line_id,
            demand_line_id,
            quantity,
            {{ loop.index }} as pass,
            '{{ rule_prefix }}-{{ pass.goods }}-{{ pass.place }}' as rule_id,
        from allocated_{{ loop.index }}
        {% if not loop.last %}union all{% endif %}
        {%- endfor %}
    )
    select
        supply_line_id,
        demand_line_id,
        cast(sum(quantity) as decimal(18, 4)) as quantity,
        arg_min(rule_id, pass) as rule_id,
    from allocated
    group by supply_line_id, demand_line_id
{%- endmacro %}
