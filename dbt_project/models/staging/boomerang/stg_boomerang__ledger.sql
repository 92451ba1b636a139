with source as (
    select
        *,
        -- The folder keeps the ledgers of earlier parser versions; the name of the file says which one it is.
        cast(regexp_extract(filename, '\.v(\d+)\.parquet$', 1) as integer) as parser_version,
    from {{ source('bronze', 'ledger') }}
),

final as (
    select
        _source_sha256 as source_sha256,
        _source_member as source_member,
        source,
        file_name,
        parser_version,
        rows_in,
        rows_loaded,
        rows_quarantined,
    from source
    where {{ file_was_observed() }}
)

select * from final
