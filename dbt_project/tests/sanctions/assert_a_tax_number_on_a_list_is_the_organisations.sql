-- A company is accused of standing on a list under another company's tax number; or it was put there by its name
-- although the entry gives a number (KBM of Kolomna 5022039177 is not the other KBM 7722307636).
with spells as (
    select * from {{ ref('organisation_sanctions') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

entries as (
    select * from {{ ref('int_sanctions__entries') }}
),

final as (
    select
        spells.*,
        organisations.inn,
        entries.tax_numbers,
    from spells
    inner join organisations
        on spells.organisation_id = organisations.organisation_id
    inner join entries
        on spells.list = entries.list and spells.entry_id = entries.entry_id
)

select * from final
where
    (match_basis = 'tax_number' and tax_number is distinct from inn)
    or (match_basis = 'plain_name' and len(tax_numbers) > 0)
