with procedures as (
    select * from {{ ref('customs_procedures') }}
),

final as (
    select
        procedure,
        name,
        name_ru,
        goods_go,
        nullif(note, '') as note,
        citation,
    from procedures
)

select * from final
