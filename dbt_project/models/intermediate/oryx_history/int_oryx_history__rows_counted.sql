with history as (
    select
        source,
        source_sha256,
        source_member,
        row_number() over (
            partition by
                source_sha256, source_member, side, category, model_text, producer_country, url, status_text,
                list_number, recorded_on
            order by source_row
        ) as place,
    from {{ ref('stg_oryx_history__rows') }}
),

-- A faulty join of the collector has written rows several times.
final as (
    select
        source,
        source_sha256,
        source_member,
        count(*) filter (where place = 1) as rows_loaded,
        count(*) filter (where place > 1) as rows_duplicate,
    from history
    group by source, source_sha256, source_member
)

select * from final
