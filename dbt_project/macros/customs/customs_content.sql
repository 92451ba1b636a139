{#- What a declaration line says: every column but where it was read (file, row, layout). One list, so that content is
    hashed and compared in the same way everywhere. -#}
{% macro customs_content_columns() -%}
    {{ return([
        'record_kind', 'reporter_country_code', 'direction', 'declaration_number', 'line_number', 'declared_on',
        'procedure_code', 'consignor_name', 'consignor_tax_number', 'consignor_on_behalf_of_name',
        'consignor_on_behalf_of_tax_number', 'consignor_address', 'consignee_name', 'consignee_tax_number',
        'consignee_on_behalf_of_name', 'consignee_on_behalf_of_tax_number', 'consignee_address', 'manufacturer_name', 'trade_mark', 'origin_country',
        'dispatch_country', 'destination_country', 'hs_code', 'description', 'description_english', 'quantity',
        'quantity_unit', 'net_weight_kg', 'gross_weight_kg', 'currency', 'invoice_value', 'customs_value_rub',
        'local_value', 'local_currency',
        'value_usd', 'value_basis', 'incoterms',
    ]) }}
{%- endmacro %}

{#- A text of columns in which null and '' are told apart from one another and from their neighbours. -#}
{% macro joined_text(columns) -%}
    concat(
        {%- for column in columns %}
        coalesce(cast({{ column }} as varchar), chr(30)){{ ", chr(31)," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro customs_content_hash() -%}
    md5({{ joined_text(customs_content_columns()) }})
{%- endmacro %}

{#- Is the line named by its declaration and item (box 32)? Else its content names it. -#}
{% macro customs_line_is_numbered() -%}
    coalesce(line_number > 0 and declaration_number <> '', false)
{%- endmacro %}

{#- Line identity (CONTRACT "Line identity"), within a record kind: a synthetic line never takes the place of a real one. -#}
{% macro customs_line_id(ordinal="'1'") -%}
    case
        when {{ customs_line_is_numbered() }}
            then md5({{ joined_text(['record_kind', 'reporter_country_code', 'direction', 'declaration_number', 'line_number']) }})
        else md5(concat({{ customs_content_hash() }}, chr(31), {{ ordinal }}))
    end
{%- endmacro %}
