{#- A decimal as a person writes it: 6775 and 2.5, not 6775.0000. -#}
{% macro plain_number(amount) -%}
    regexp_replace(regexp_replace(cast({{ amount }} as varchar), '(\.\d*?)0+$', '\1'), '\.$', '')
{%- endmacro %}
