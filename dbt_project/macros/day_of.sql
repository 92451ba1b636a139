{#- The day (UTC) of a moment, whatever the time zone of the session. -#}
{% macro day_of(moment) -%}
    cast(timezone('UTC', {{ moment }}) as date)
{%- endmacro %}
