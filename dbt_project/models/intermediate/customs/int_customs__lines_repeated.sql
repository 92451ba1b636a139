{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='customs_line_id') }}

-- Most lines come once. Those that may have come more than once are settled here (a rare chance equality of hashes only
-- costs a look); incremental: those that the new files touch.
with identified as (
    select * from {{ ref('int_customs__lines_identified') }}
),

line_hashes as (
    {% if is_incremental() %}
        select distinct line_hash
        from identified
        where built_at = {{ built_at() }}
    {% else %}
        select line_hash
        from identified
        group by line_hash
        having count(*) > 1
    {% endif %}
),

candidates as (
    select identified.*
    from identified
    inner join line_hashes
        on identified.line_hash = line_hashes.line_hash
),

-- The latest observation decides what the line says, whatever order the files arrived in.
ranked as (
    select
        *,
        count(*) over (partition by line_hash) as rows_alike,
        {{ day_of('min(observed_at) over (partition by customs_line_id)') }} as known_from,
        arg_max(content_hash, { 'at': observed_at, 'file': source_sha256, 'member': source_member, 'row': source_row })
            over (partition by customs_line_id) as standing_content_hash,
        row_number() over (
            partition by customs_line_id, content_hash
            order by observed_at, source_sha256, source_member, source_row
        ) as occurrence,
    from candidates
),

final as (
    select
        source_sha256,
        source_member,
        source_row,
        customs_line_id,
        content_hash,
        observed_at,
        {{ day_of('observed_at') }} as observed_on,
        known_from,
        case
            when occurrence > 1 then 'duplicate'
            when content_hash = standing_content_hash then 'standing'
            else 'superseded'
        end as resolution,
    from ranked
    where rows_alike > 1
)

select * from final
