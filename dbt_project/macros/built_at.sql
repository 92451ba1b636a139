{#- The moment of this build (UTC, no zone): the only clock that a model may read, so that a build can be repeated. It
    also marks what a build has touched. From the environment, since another variable would have dbt parse everything
    anew each night. -#}
{% macro built_at() -%}
    cast('{{ env_var("BOOMERANG_BUILT_AT", "1970-01-01 00:00:00") }}' as timestamp)
{%- endmacro %}
