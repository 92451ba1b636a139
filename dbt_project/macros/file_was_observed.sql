{#- A replay of an earlier day sees only what had been observed by then; files that landed later lie in bronze all
    the same. -#}
{% macro file_was_observed() -%}
    _source_sha256 in (select observations.sha256 from {{ source('bronze', 'observations') }} as observations)
{%- endmacro %}
