-- An entry gives the tax number of an organisation of ours on its newest version, and no spell tells of it.
with entries as (
    select
        list,
        entry_id,
        unnest(tax_numbers).inn as inn,
    from {{ ref('int_sanctions__entries') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

spells as (
    select * from {{ ref('organisation_sanctions') }}
)

select
    entries.*,
    organisations.organisation_id,
from entries
inner join organisations
    on entries.inn = organisations.inn
left join spells
    on
        entries.list = spells.list
        and entries.entry_id = spells.entry_id
        and organisations.organisation_id = spells.organisation_id
where spells.organisation_id is null
