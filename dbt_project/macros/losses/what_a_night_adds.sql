{#- The first column of a query, as a list. While dbt only parses, nothing can be asked. -#}
{% macro first_column(query) -%}
    {{ return(run_query(query).columns[0].values() | list if execute else []) }}
{%- endmacro %}
