-- A row of sums that says what another row has said before, in the same file or an earlier one, is a duplicate. Whole
-- rows are compared, and not what was read of them: sums of two ports are two sums, although the port is not read.
with aggregates as (
    select * from {{ ref('stg_customs__aggregates') }}
),

files as (
    select * from {{ ref('int_customs__files_observed') }}
),

identified as (
    select
        aggregates.*,
        files.observed_at,
        files.observed_on,
        md5({{ joined_text(['layout', 'record_kind', 'reporter_country_code', 'direction', 'row_hash']) }})
            as customs_aggregate_id,
    from aggregates
    inner join files
        on aggregates.source_sha256 = files.source_sha256
),

final as (
    select
        *,
        min(observed_on) over (partition by customs_aggregate_id) as known_from,
        case
            when row_number() over (
                partition by customs_aggregate_id order by observed_at, source_sha256, source_member, source_row
            ) = 1 then 'standing'
            else 'duplicate'
        end as resolution,
    from identified
)

select * from final
