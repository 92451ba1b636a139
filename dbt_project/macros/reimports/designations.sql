{#- Designations of parts, in whichever script. Cyrillic letters that look like Latin ones come out as Latin ones, as in
    fold_text; but a hyphen within a word stays, so that "ТПД-К1-5" is told from "ТПД-К1 5 шт". -#}
{% macro fold_designations(text) -%}
    ' ' || trim(regexp_replace(
        regexp_replace(
            translate(
                upper(strip_accents({{ text }})), 'АВЕКМНОРСТУХІЈЅ‐‑‒–—−', 'ABEKMHOPCTYXIJS------'
            ),
            '[^\p{L}\p{N}-]+', ' ', 'g'
        ),
        ' -+ ', ' ', 'g'
    )) || ' '
{%- endmacro %}

{#- A coarse key that holds every designation a text may hold: letters that any spelling may put for one another are one,
    signs are gone. It only spares the expression; it decides nothing. -#}
{% macro squeeze_designations(text) -%}
    translate(
        regexp_replace({{ fold_designations(text) }}, '[^\p{L}\p{N}]+', '', 'g'),
        'БВVГДЗИЙYUJЛНNПРRФСSЭЫ',
        'BBBGDZIIIIILHHPPPFCCEI'
    )
{%- endmacro %}

{#- The expression that finds a designation as an analyst writes it ("ТПД-К1"), in Cyrillic, in Latin letters or mixed,
    with or without hyphens and blanks; two numbers ("2-49") stay apart. -#}
{% macro designation_body(written) -%}
    array_to_string(list_transform(
        string_split(
            replace(regexp_replace(regexp_replace(regexp_replace(
                trim({{ fold_designations(written) }}),
                '(\p{N})[ -](\p{N})', '\1_\2', 'g'),
                '(\p{L})(\p{N})', '\1 \2', 'g'),
                '(\p{N})(\p{L})', '\1 \2', 'g'),
            '-', ' '),
            ''
        ),
        lambda sign: case sign
            when ' ' then '[ -]{0,2}'
            when '_' then '[ -]{1,2}'
            when 'Б' then '[БB]'
            when 'B' then '[BV]'
            when 'Г' then '[ГG]'
            when 'Д' then '[ДD]'
            when 'Ж' then '(?:Ж|ZH)'
            when 'З' then '[ЗZ]'
            when 'И' then '[ИIYJ]'
            when 'Л' then '[ЛL]'
            when 'H' then '[HN]'
            when 'П' then '[ПP]'
            when 'P' then '[PR]'
            when 'C' then '[CS]'
            when 'Y' then '[YU]'
            when 'Ф' then '[ФF]'
            when 'X' then '(?:X|KH|H)'
            when 'Ц' then '(?:Ц|TS|C)'
            when 'Ч' then '(?:Ч|CH)'
            when 'Ш' then '(?:Ш|SH)'
            when 'Щ' then '(?:Щ|SHCH)'
            when 'Ы' then '[ЫYI]'
            when 'Э' then '[ЭE]'
            when 'Ю' then '(?:Ю|YU|JU)'
            when 'Я' then '(?:Я|YA|JA)'
            else sign
        end
    ), '')
{%- endmacro %}

{#- A designation whole: never inside a longer one. A word and a hyphen may stand before it ("ПРИЦЕЛ-ТПД-К1"), a number
    and a hyphen may not; behind it only one of the variants that the seed names. -#}
{% macro designation_expression(written, variants) -%}
    '(?: |\p{L}-)' || {{ designation_body(written) }}
    || case
        when {{ variants }} is not null and trim({{ variants }}) <> ''
            then
                '(?:[ -]?(?:' || array_to_string(list_transform(
                    string_split({{ variants }}, '|'), lambda variant: {{ designation_body('variant') }}
                ), '|') || '))?'
        else ''
    end
    || '(?: |- )'
{%- endmacro %}
