{#- What the versions of WarSpotting's records still have to be told of: the checksums of answers that came since the
    last build, where all of them are later than what the versions rest on; else none, and everything is told anew. -#}
{% macro warspotting_showings_to_apply(showings, versions) -%}
    {%- set query -%}
        with held as (
            select max(last_shown_at) as until from {{ versions }}
        ),

        fresh as (
            select *
            from {{ showings }}
            where built_at = {{ built_at() }}
        )

        select
            source_sha256,
            min(observed_at) over () > (select until from held) as are_later,
        from fresh
        order by source_sha256
    {%- endset -%}
    {%- set found = run_query(query) -%}
    {{ return({
        'are_later': found.rows | length == 0 or found.columns[1].values()[0] == true,
        'checksums': found.columns[0].values() | unique | list,
    }) }}
{%- endmacro %}
