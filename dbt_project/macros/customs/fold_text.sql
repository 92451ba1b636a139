{#- The key under which two spellings of a text are the same: capitals, no accents (é, ё, й lose theirs), every run of
    other signs one blank, Cyrillic letters that look like Latin ones written as Latin ("КERAMIКA", "Т-72" with a
    Cyrillic Т). A key for comparing, never shown; rules are written plainly and folded by the same macro. -#}
{% macro fold_text(text) -%}
    trim(regexp_replace(
        translate(upper(strip_accents({{ text }})), 'АВЕКМНОРСТУХІЈЅ', 'ABEKMHOPCTYXIJS'),
        '[^\p{L}\p{N}]+', ' ', 'g'
    ))
{%- endmacro %}

{#- The same with a blank on either side, so that ' WORD ' finds whole words and ' WORD' beginnings. DuckDB's regular
    expressions know \b for Latin letters only. -#}
{% macro fold_text_padded(text) -%}
    ' ' || {{ fold_text(text) }} || ' '
{%- endmacro %}

{#- The key of a short code (country, unit). Codes of up to three signs are not folded across scripts: Cyrillic ЕС is
    the European Union, Latin EC is Ecuador. -#}
{% macro fold_code(text) -%}
    case
        when length(trim({{ text }})) <= 3 then upper(trim({{ text }}))
        else {{ fold_text(text) }}
    end
{%- endmacro %}
