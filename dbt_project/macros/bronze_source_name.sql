{#- The source whose folder of bronze a row was read from. read_parquet offers the path of the file as the virtual
    column `filename`; bytes alone would not tell, since two sources may have shown the same. -#}
{% macro bronze_source_name() -%}
    regexp_extract(filename, '/bronze/([a-z0-9_]+)/[a-z_]+/[^/]+$', 1)
{%- endmacro %}
