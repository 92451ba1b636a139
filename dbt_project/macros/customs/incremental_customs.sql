{#- What a night adds. The build keeps its tables from the night before where nothing but observations was added; then
    only lines that the new files touch are settled anew. Every such model gives the rows of a full build. -#}

{#- A condition: the file is among these. Constants, and no list of them, so that Parquet files of other checksums are
    not even opened. -#}
{% macro is_one_of_files(column, checksums) -%}
    {%- if checksums -%}
        ({%- for checksum in checksums -%}
            {{ column }} = '{{ checksum }}'{{ " or " if not loop.last }}
        {%- endfor -%})
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{#- Checksums of customs files that a table does not hold yet, or holds under another first observation. -#}
{% macro customs_files_not_in(table, files) -%}
    {%- set query -%}
        select files.source_sha256
        from {{ files }} as files
        left join (select distinct source_sha256, observed_at from {{ table }}) as held
            on files.source_sha256 = held.source_sha256 and files.observed_at = held.observed_at
        where held.source_sha256 is null
        order by files.source_sha256
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{%- endmacro %}

{#- Checksums of customs files whose lines this build has settled. -#}
{% macro customs_files_touched(identified) -%}
    {%- set query -%}
        select distinct source_sha256
        from {{ identified }}
        where built_at = {{ built_at() }}
        order by source_sha256
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{%- endmacro %}

{#- For tests: whether this build has settled every line there is. Then all are looked at, else those it has touched:
    the others were looked at by the build that touched them. -#}
{% macro customs_all_touched(identified) -%}
    {#- The linter compiles without a database. -#}
    {%- if execute and load_relation(identified) is not none -%}
        {%- set query -%}
            select count(*) from {{ identified }} where built_at <> {{ built_at() }}
        {%- endset -%}
        {{ return(run_query(query).columns[0].values()[0] == 0) }}
    {%- else -%}
        {{ return(true) }}
    {%- endif -%}
{%- endmacro %}
