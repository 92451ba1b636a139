with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

fields as (
    select
        customs_line_id,
        'description' as field,
        description as field_text
    from candidates
    union all
    select
        customs_line_id,
        'description_english' as field,
        description_english as field_text
    from candidates
    union all
    select
        customs_line_id,
        'manufacturer_name' as field,
        manufacturer_name as field_text
    from candidates
    union all
    select
        customs_line_id,
        'trade_mark' as field,
        trade_mark as field_text
    from candidates
),

final as (
    select
        customs_line_id,
        field,
        field_text,
        {{ fold_text_padded('field_text') }} as folded_text,
    from fields
    where field_text is not null and trim(field_text) <> ''
)

select * from final
