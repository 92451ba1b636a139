with mirrors as (
    select * from {{ ref('int_reimports__mirrors') }}
    where mirror_status = 'matched'
),

candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

final as (
    select
        case
            when candidates.record_side = 'russian_import' then mirrors.customs_line_id
            else mirrors.mirror_line_id
        end as shipment_id,
        mirrors.customs_line_id,
        candidates.record_side = 'russian_import' as is_leading,
        mirrors.rule_id as rule,
        cast(mirrors.days_between as integer) as days_between,
        candidates.record_kind,
        candidates.source_sha256,
        candidates.source_member,
        candidates.source_row,
    from mirrors
    inner join candidates
        on mirrors.customs_line_id = candidates.customs_line_id
)

select * from final
