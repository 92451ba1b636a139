{#- The key under which two spellings of an equipment name are the same: no-break and double blanks, typographic and
    doubled quotes, dashes and Cyrillic letters that look like Latin ones ("9С932-1") make no difference.
    It is a key for joining, never shown: a word that is truly Cyrillic comes out as nonsense, but always the same. -#}
{% macro fold_equipment_name(column) -%}
    trim(
        regexp_replace(
            replace(
                translate(
                    lower({{ column }}),
                    'авекмнорстухіѕј' || '‘’‚‛“”„`´"' || '‐‑‒–—−' || chr(160) || chr(8239) || chr(8201) || chr(9),
                    'abekmhopctyxisj' || repeat('''', 10) || '------' || '    '
                ),
                '''''',
                ''''
            ),
            '[ \n\r]+', ' ', 'g'
        )
    )
{%- endmacro %}
