{#- Pages of one kind of equipment (ships, aircraft). They list both sides and repeat the country pages, which win. -#}
{% macro oryx_pages_of_a_kind() -%}
    ('oryx_naval', 'oryx_aircraft')
{%- endmacro %}

{#- Tables that others made of the pages, for the days before the first own pull. -#}
{% macro oryx_history_source() -%}
    'oryx_history'
{%- endmacro %}
