with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

exports as (
    select * from {{ ref('int_reimports__exports') }}
),

lines as (
    select
        customs_line_id,
        hs_code,
        description,
        description_english,
        manufacturer_name,
        trade_mark,
    from candidates
    union all
    select
        customs_line_id,
        hs_code,
        description,
        description_english,
        manufacturer_name,
        trade_mark,
    from exports
),

fields as (
    select
        customs_line_id,
        hs_code,
        'description' as field,
        description as field_text
    from lines
    union all
    select
        customs_line_id,
        hs_code,
        'description_english' as field,
        description_english as field_text
    from lines
    union all
    select
        customs_line_id,
        hs_code,
        'manufacturer_name' as field,
        manufacturer_name as field_text
    from lines
    union all
    select
        customs_line_id,
        hs_code,
        'trade_mark' as field,
        trade_mark as field_text
    from lines
),

final as (
    select
        customs_line_id,
        hs_code,
        field,
        field_text,
        {{ fold_text_padded('field_text') }} as folded_text,
    from fields
    where field_text is not null and trim(field_text) <> ''
)

select * from final
