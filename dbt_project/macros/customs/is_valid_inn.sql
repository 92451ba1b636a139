{#- Is a text a Russian tax number (INN): 10 digits with one check digit (legal persons) or 12 with two? -#}
{% macro is_valid_inn(text) -%}
    coalesce(case
        when regexp_full_match({{ text }}, '\d{10}') then {{ inn_check_digit(text, [2, 4, 10, 3, 5, 9, 4, 6, 8]) }}
        when regexp_full_match({{ text }}, '\d{12}')
            then
                {{ inn_check_digit(text, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) }}
                and {{ inn_check_digit(text, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) }}
    end, false)
{%- endmacro %}

{#- Does the digit after the weighted ones check? -#}
{% macro inn_check_digit(text, weights) -%}
    (
        {%- for weight in weights -%}
        {{ weight }} * try_cast(substr({{ text }}, {{ loop.index }}, 1) as integer){{ " + " if not loop.last }}
        {%- endfor -%}
    ) % 11 % 10 = try_cast(substr({{ text }}, {{ weights | length + 1 }}, 1) as integer)
{%- endmacro %}
