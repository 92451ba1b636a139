{#- The patterns of a rule as an analyst writes them: alternatives parted by "|", parts that must all be there by "+",
    the beginning of a word by "*": "night sight*|част* ночн* прицел*|igla+missile*". As a list of alternatives, each a
    list of parts; a part is a piece of folded text and, where a "*" stands inside, the expression that settles it.
    Null where nothing is written. -#}
{% macro phrase_patterns(written) -%}
    case
        when {{ written }} is not null and trim({{ written }}) <> ''
            then list_transform(
                string_split({{ written }}, '|'),
                lambda alternative: list_transform(
                    string_split(alternative, '+'),
                    lambda part: {
                        'piece':
                            case
                                when regexp_matches(trim(part), '\*.*[^ *]')
                                    then ' ' || {{ fold_text("string_split(part, '*')[1]") }}
                                else ' ' || {{ fold_text('part') }} || case when trim(part) like '%*' then '' else ' ' end
                            end,
                        'expression':
                            case
                                when regexp_matches(trim(part), '\*.*[^ *]')
                                    then
                                        ' ' || array_to_string(list_transform(
                                            string_split(trim(part), ' '),
                                            lambda word:
                                                {{ fold_text('word') }} || case when word like '%*' then '[^ ]*' else '' end
                                        ), ' ') || ' '
                            end
                    }
                )
            )
    end
{%- endmacro %}

{#- Does a folded, padded text meet one of the alternatives of phrase_patterns? A null list meets nothing. The
    expression is tried only where its first piece is there: expressions that differ from row to row are slow. -#}
{% macro phrase_matches(padded_text, alternatives) -%}
    coalesce(
        list_bool_or(list_transform(
            {{ alternatives }},
            lambda parts: list_bool_and(list_transform(
                parts,
                lambda part: case
                    when not contains({{ padded_text }}, part.piece) then false
                    when part.expression is null then true
                    else regexp_matches({{ padded_text }}, part.expression)
                end
            ))
        )),
        false
    )
{%- endmacro %}

{#- The same for the beginning of the text. -#}
{% macro phrase_begins(padded_text, alternatives) -%}
    coalesce(
        list_bool_or(list_transform(
            {{ alternatives }},
            lambda parts: list_bool_and(list_transform(
                parts,
                lambda part: case
                    when part.expression is null then starts_with({{ padded_text }}, part.piece)
                    else regexp_matches({{ padded_text }}, '^' || part.expression)
                end
            ))
        )),
        false
    )
{%- endmacro %}
