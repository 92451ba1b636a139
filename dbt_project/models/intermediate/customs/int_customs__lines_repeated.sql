-- Most lines come once. Those that may not are found by a quick 64-bit hash (equal lines hash equally; a rare chance
-- equality only costs a look), and they alone are compared exactly.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
),

files as (
    select * from {{ ref('int_customs__files_observed') }}
),

hashed as (
    select
        source_sha256,
        source_member,
        source_row,
        case
            when {{ customs_line_is_numbered() }}
                then hash(record_kind, reporter_country_code, direction, declaration_number, line_number)
            else hash({{ customs_content_columns() | join(', ') }})
        end as quick_hash,
    from lines
),

quick_hashes_repeated as (
    select quick_hash
    from hashed
    group by quick_hash
    having count(*) > 1
),

candidates as (
    select
        hashed.source_sha256,
        hashed.source_member,
        hashed.source_row,
    from hashed
    inner join quick_hashes_repeated
        on hashed.quick_hash = quick_hashes_repeated.quick_hash
),

contents as (
    select
        lines.source_sha256,
        lines.source_member,
        lines.source_row,
        files.observed_at,
        files.observed_on,
        {{ customs_line_is_numbered() }} as is_numbered,
        {{ customs_content_hash() }} as content_hash,
        {{ customs_line_id() }} as numbered_line_id,
    from lines
    inner join candidates
        on
            lines.source_sha256 = candidates.source_sha256
            and lines.source_member = candidates.source_member
            and lines.source_row = candidates.source_row
    left join files
        on lines.source_sha256 = files.source_sha256
),

-- A line without an item number is known by its content and its place among the equal rows of its file: three equal
-- rows in one file are three lines, and the same three in another file are those three again.
identified as (
    select
        *,
        case
            when is_numbered then numbered_line_id
            else md5(concat(
                content_hash, chr(31),
                cast(row_number() over (
                    partition by is_numbered, content_hash, source_sha256 order by source_member, source_row
                ) as varchar)
            ))
        end as customs_line_id,
    from contents
),

-- The latest observation decides what the line says, whatever order the files arrived in.
ranked as (
    select
        *,
        count(*) over (partition by customs_line_id) as rows_of_line,
        min(observed_on) over (partition by customs_line_id) as known_from,
        arg_max(content_hash, { 'at': observed_at, 'file': source_sha256, 'member': source_member, 'row': source_row })
            over (partition by customs_line_id) as standing_content_hash,
        row_number() over (
            partition by customs_line_id, content_hash
            order by observed_at, source_sha256, source_member, source_row
        ) as occurrence,
    from identified
),

final as (
    select
        source_sha256,
        source_member,
        source_row,
        customs_line_id,
        content_hash,
        observed_at,
        observed_on,
        known_from,
        case
            when occurrence > 1 then 'duplicate'
            when content_hash = standing_content_hash then 'standing'
            else 'superseded'
        end as resolution,
    from ranked
)

select * from final
