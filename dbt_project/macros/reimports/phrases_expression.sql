{#- Phrases as an analyst writes them ("без * дефект*|no defect*": the rest of a word, or a word alone, by "*"), as one
    expression that finds each, and any number of them in a row, in a folded and padded text. Null where nothing is
    written. -#}
{% macro phrases_expression(written) -%}
    case
        when {{ written }} is not null and trim({{ written }}) <> ''
            then
                '(?: (?:' || array_to_string(list_transform(
                    string_split({{ written }}, '|'),
                    lambda phrase: array_to_string(list_transform(
                        string_split(trim(phrase), ' '),
                        lambda word: {{ fold_text('word') }} || case when word like '%*' then '[^ ]*' else '' end
                    ), ' ')
                ), '|') || '))+ '
    end
{%- endmacro %}
