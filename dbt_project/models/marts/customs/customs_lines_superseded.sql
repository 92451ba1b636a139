with repeated as (
    select * from {{ ref('int_customs__lines_repeated') }}
),

lines as (
    select * from {{ ref('stg_customs__lines') }}
),

-- What took its place is the next thing that was said of the line, which need not be the last.
replacements as (
    select
        superseded.source_sha256,
        superseded.source_member,
        superseded.source_row,
        later.observed_on as next_observed_on,
        later.source_sha256 as next_sha256,
        later.source_member as next_member,
        later.source_row as next_row,
    from repeated as superseded
    inner join repeated as later
        on
            superseded.customs_line_id = later.customs_line_id
            and superseded.content_hash <> later.content_hash
            and (superseded.observed_at, superseded.source_sha256, superseded.source_member, superseded.source_row)
            < (later.observed_at, later.source_sha256, later.source_member, later.source_row)
    where superseded.resolution = 'superseded'
    qualify row_number() over (
        partition by superseded.source_sha256, superseded.source_member, superseded.source_row
        order by later.observed_at, later.source_sha256, later.source_member, later.source_row
    ) = 1
),

final as (
    select
        repeated.source_sha256,
        repeated.source_member,
        repeated.source_row,
        repeated.customs_line_id,
        repeated.observed_on as content_known_from,
        replacements.next_observed_on as superseded_on,
        replacements.next_sha256 as superseded_by_sha256,
        replacements.next_member as superseded_by_member,
        replacements.next_row as superseded_by_row,
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
    left join replacements
        on
            repeated.source_sha256 = replacements.source_sha256
            and repeated.source_member = replacements.source_member
            and repeated.source_row = replacements.source_row
    where repeated.resolution = 'superseded'
)

select * from final
