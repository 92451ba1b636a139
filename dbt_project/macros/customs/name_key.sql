{#- The plain name of an organisation: folded, the legal form taken off wherever it stands, a tax number glued to the
    front dropped, and the script in front, since Cyrillic СОВА and Latin COBA fold alike but are two names. A name that
    is nothing but a legal form keeps it. Deeper matching (transliteration, abbreviations, cut-off names) is not done
    here: who is joined by this key is joined on the low tier plain_name. -#}
{% macro name_key(name) -%}
    case
        when {{ fold_text(name) }} <> ''
            then
                case
                    when
                        regexp_matches(translate(upper({{ name }}), 'АВЕКМНОРСТУХІЈЅ', ''), '[А-ЯЁ]')
                        or not regexp_matches(upper({{ name }}), '[A-Z]')
                        then 'cyrillic:'
                    else 'latin:'
                end
                || coalesce(
                    nullif(array_to_string(list_filter(
                        string_split({{ strip_long_legal_forms(strip_leading_tax_number(name)) }}, ' '),
                        lambda word: not list_contains({{ short_legal_forms() }}, word)
                    ), ' '), ''),
                    {{ fold_text(name) }}
                )
    end
{%- endmacro %}

{#- Folded text without "7722476458 772201001" (INN and KPP) in front. -#}
{% macro strip_leading_tax_number(name) -%}
    regexp_replace({{ fold_text(name) }}, '^(\d{12}|\d{10})( \d{9})? ', '')
{%- endmacro %}

{% macro strip_long_legal_forms(folded_name) -%}
    {%- set forms = [
        'ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ',
        'ФЕДЕРАЛЬНОЕ ГОСУДАРСТВЕННОЕ УНИТАРНОЕ ПРЕДПРИЯТИЕ',
        '(НЕПУБЛИЧНОЕ |ПУБЛИЧНОЕ |ОТКРЫТОЕ |ЗАКРЫТОЕ )?АКЦИОНЕРНОЕ ОБЩЕСТВО',
        'ТОВАРИЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ',
        '(PUBLIC |OPEN |CLOSED )?JOINT STOCK COMPANY',
        'LIMITED LIABILITY COMPANY',
        'LIMITED LIABILITY PARTNERSHIP',
        'FEDERAL STATE UNITARY ENTERPRISE',
        'PRIVATE LIMITED',
        'PVT LTD',
    ] -%}
    {#- The forms are folded like the names: look-alikes become Latin (Ё and Й do not occur in them). -#}
    regexp_replace({{ folded_name }}, '(^| )({{ with_latin_look_alikes(forms | join("|")) }})( |$)', ' ', 'g')
{%- endmacro %}

{#- Folded like the names, while compiling. ИП (a sole trader) is not here: it tells a person from a company. -#}
{% macro short_legal_forms() -%}
    {%- set forms = [
        '', 'ООО', 'ОАО', 'ЗАО', 'ПАО', 'НАО', 'АО', 'ФГУП', 'ГУП', 'ТОО', 'ОДО',
        'OOO', 'OAO', 'ZAO', 'PAO', 'NAO', 'AO', 'FGUP', 'FSUE', 'TOO', 'LLC', 'LLP', 'JSC', 'PJSC', 'OJSC', 'CJSC',
        'LTD', 'LIMITED', 'INC', 'CORP', 'GMBH', 'CO', 'SRL', 'SPA', 'BV', 'AG', 'PLC', 'PTE', 'PVT',
    ] -%}
    {%- set folded = [] -%}
    {%- for form in forms -%}{%- do folded.append(with_latin_look_alikes(form)) -%}{%- endfor -%}
    ['{{ folded | unique | join("', '") }}']
{%- endmacro %}

{#- Capital Cyrillic letters that look like Latin ones, as Latin ones: fold_text's table, while compiling. -#}
{% macro with_latin_look_alikes(text) -%}
    {%- set written = namespace(text=text) -%}
    {%- for cyrillic, latin in zip('АВЕКМНОРСТУХ', 'ABEKMHOPCTYX') -%}
        {%- set written.text = written.text | replace(cyrillic, latin) -%}
    {%- endfor -%}
    {{ return(written.text) }}
{%- endmacro %}
