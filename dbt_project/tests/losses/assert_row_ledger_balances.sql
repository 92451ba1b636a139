-- Rows of a landed file were lost or doubled between the parser and the warehouse: in is not loaded + quarantined +
-- duplicate. Do not publish: parse the file again, and compare its bronze Parquet with the staging model.
with ledger as (
    select * from {{ ref('row_ledger') }}
)

select
    *,
    rows_in - rows_loaded - rows_quarantined - rows_duplicate as missing,
from ledger
where rows_in != rows_loaded + rows_quarantined + rows_duplicate
