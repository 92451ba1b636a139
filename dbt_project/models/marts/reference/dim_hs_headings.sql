with headings as (
    select * from {{ ref('int_nomenclature__headings') }}
),

final as (
    select
        nomenclature,
        heading,
        valid_from,
        valid_to,
        name_ru,
        name_en,
        edition,
        source_sha256,
        source_member,
        source_row,
    from headings
)

select * from final
