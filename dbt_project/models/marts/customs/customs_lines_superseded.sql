with repeated as (
    select * from {{ ref('int_customs__lines_repeated') }}
),

lines as (
    select * from {{ ref('stg_customs__lines') }}
),

standing as (
    select * from repeated
    where resolution = 'standing'
),

final as (
    select
        repeated.source_sha256,
        repeated.source_member,
        repeated.source_row,
        repeated.customs_line_id,
        repeated.observed_on as content_known_from,
        standing.observed_on as superseded_on,
        standing.source_sha256 as superseded_by_sha256,
        standing.source_member as superseded_by_member,
        standing.source_row as superseded_by_row,
        lines.reporter_country_code,
        lines.direction,
        lines.declaration_number,
        lines.line_number,
        lines.declared_on,
        lines.procedure_code,
        lines.consignor_name,
        lines.consignee_name,
        lines.manufacturer_name,
        lines.hs_code,
        lines.description,
        lines.quantity,
        lines.quantity_unit as quantity_unit_declared,
        lines.value_usd,
        lines.value_basis,
        lines.record_kind,
    from repeated
    inner join lines
        on
            repeated.source_sha256 = lines.source_sha256
            and repeated.source_member = lines.source_member
            and repeated.source_row = lines.source_row
    left join standing
        on repeated.customs_line_id = standing.customs_line_id
    where repeated.resolution = 'superseded'
)

select * from final
