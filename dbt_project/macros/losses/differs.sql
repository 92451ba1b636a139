{#- Whether something that a reader could see differs from what was there before. Tables leave things out that others
    tell (jessicaw9910 the flag, scarnecchia the category): what is left out is not changed. -#}
{% macro differs(column) -%}
    case
        when source = {{ oryx_history_source() }} then coalesce(previous.{{ column }} != {{ column }}, false)
        else previous.{{ column }} is distinct from {{ column }}
    end
{%- endmacro %}
