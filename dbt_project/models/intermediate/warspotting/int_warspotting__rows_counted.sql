with losses as (
    select
        source,
        source_sha256,
        source_member,
        row_number() over (
            partition by source_sha256, warspotting_id order by source_member, source_row
        ) as place,
    from {{ ref('stg_warspotting__losses') }}
),

-- The parser sets apart what says different things under one id: what stands again under an id is the same record.
final as (
    select
        source,
        source_sha256,
        source_member,
        count(*) filter (where place = 1) as rows_loaded,
        count(*) filter (where place > 1) as rows_duplicate,
    from losses
    group by source, source_sha256, source_member
)

select * from final
