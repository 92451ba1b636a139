{#- The address of a picture as it identifies a loss: blanks around it, the fragment and the last slash dropped, the
    host in small letters, https for http. Nothing else is changed: the look-alike host postlmg.cc, a query or another
    host of the same picture stay what they are, for whether two such addresses are one is a guess. -#}
{% macro normalise_url(column) -%}
    regexp_replace(
        case
            when regexp_matches(trim({{ column }}, ' ' || chr(160) || chr(9) || chr(10) || chr(13)), '^https?://', 'i')
                then
                    'https://'
                    || lower(regexp_extract(trim({{ column }}, ' ' || chr(160) || chr(9) || chr(10) || chr(13)), '^https?://([^/?#]*)', 1, 'i'))
                    || regexp_extract(trim({{ column }}, ' ' || chr(160) || chr(9) || chr(10) || chr(13)), '^https?://[^/?#]*([^#]*)', 1, 'i')
            else trim({{ column }}, ' ' || chr(160) || chr(9) || chr(10) || chr(13))
        end,
        '/+$', ''
    )
{%- endmacro %}
