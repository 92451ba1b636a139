-- A page or table stands in bronze without a line in the ledger: the reading of that file did not end. Its rows are not
-- used; run the bronze step again, which parses what is not finished.
with pages as (
    select * from {{ ref('stg_oryx__pages') }}
),

tables as (
    select * from {{ ref('stg_oryx_history__files') }}
),

files as (
    select
        source,
        source_sha256,
    from pages
    union
    select
        source,
        source_sha256,
    from tables
),

ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
)

select files.*
from files
left join ledger
    on files.source = ledger.source and files.source_sha256 = ledger.source_sha256
where ledger.source_sha256 is null
