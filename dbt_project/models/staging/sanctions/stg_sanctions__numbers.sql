with ofac_sdn as (
    select
        'ofac_sdn' as list,
        *,
    from {{ source('bronze_ofac_sdn', 'numbers') }}
    where {{ file_was_observed() }}
),

opensanctions as (
    select
        'opensanctions' as list,
        *,
    from {{ source('bronze_opensanctions', 'numbers') }}
    where {{ file_was_observed() }}
),

numbers as (
    select * from ofac_sdn
    union all
    select * from opensanctions
),

final as (
    select
        list,
        _source_sha256 as source_sha256,
        _source_row as source_row,
        entry_id,
        number,
        number_kind,
        country,
    from numbers
)

select * from final
