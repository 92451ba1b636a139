{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='source_sha256') }}

-- Incremental: a file's lines are identified once, when it comes in or when an earlier observation of it turns up.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
    {% if is_incremental() %}
        where {{ is_one_of_files('source_sha256', customs_files_not_in(this, ref('int_customs__files_observed'))) }}
    {% endif %}
),

files as (
    select * from {{ ref('int_customs__files_observed') }}
),

contents as (
    select
        lines.source_sha256,
        lines.source_member,
        lines.source_row,
        files.observed_at,
        {{ customs_line_is_numbered() }} as is_numbered,
        {{ customs_content_hash() }} as content_hash,
        case when {{ customs_line_is_numbered() }} then {{ customs_line_id() }} end as numbered_line_id,
    from lines
    inner join files
        on lines.source_sha256 = files.source_sha256
),

-- A line without an item number is known by its content and its place among the equal rows of its file: three equal
-- rows in one file are three lines, and the same three in another file are those three again.
unnumbered as (
    select
        *,
        md5(concat(
            content_hash, chr(31),
            cast(row_number() over (
                partition by content_hash, source_sha256 order by source_member, source_row
            ) as varchar)
        )) as customs_line_id,
    from contents
    where not is_numbered
),

identified as (
    select
        * exclude (numbered_line_id),
        numbered_line_id as customs_line_id,
    from contents
    where is_numbered
    union all
    select * exclude (numbered_line_id) from unnumbered
),

final as (
    select
        source_sha256,
        source_member,
        source_row,
        observed_at,
        content_hash,
        customs_line_id,
        -- Rows that may be the same line are found by a number much faster than by a text.
        hash(case when is_numbered then customs_line_id else content_hash end) as line_hash,
        {{ built_at() }} as built_at,
    from identified
)

select * from final
