-- Rows of a page or table do not add up to what became of them: some were lost, or made two losses. Do not publish:
-- compare int_losses__vehicles_in_tables with the rows of the file.
with reconciliation as (
    select * from {{ ref('loss_row_reconciliation') }}
)

select *
from reconciliation
where
    rows_in != rows_quarantined + rows_duplicate + rows_loaded
    or rows_merged < 0
    or (collector is not null and rows_loaded != rows_without_address + rows_merged + losses)
    or (collector is null and losses < rows_loaded)
