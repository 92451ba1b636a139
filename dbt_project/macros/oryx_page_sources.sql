{#- The sources that are pages of Oryx. A page listed here that was observed but not read is shown as such. -#}
{% macro oryx_page_sources() -%}
    ('oryx_russia', 'oryx_ukraine', 'oryx_naval', 'oryx_aircraft')
{%- endmacro %}
