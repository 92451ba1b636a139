-- A company is taken for another whose name resembles its own: it would be accused of somebody else's trade. The tax
-- number decides, then a spelling of the register; correct seeds/parties/organisation_names.csv (column `unless`).
with organisations as (
    select * from {{ ref('dim_organisations') }}
),

names as (
    select * from {{ ref('int_parties__names_resolved') }}
),

-- Namesakes of Uralvagonzavod (6623029538, 7706453206) and of KBM Kolomna (5022039177).
namesakes (inn) as (
    values ('7709835066'), ('6623009965'), ('7722307636'), ('4501033519')
),

told_of_another_number as (
    select
        'the tax number says another organisation' as what,
        names.party_name,
        names.party_tax_number as tax_number,
        names.organisation_id,
    from names
    inner join organisations
        on names.party_tax_number = organisations.inn
    where names.is_russian_party and names.organisation_id <> organisations.organisation_id
),

in_the_group_of_its_namesake as (
    select
        'a namesake stands in a group' as what,
        organisations.name as party_name,
        organisations.inn as tax_number,
        organisations.organisation_id,
    from organisations
    inner join namesakes
        on organisations.inn = namesakes.inn
    where organisations.group_id in ('uvz', 'kbm-kolomna')
),

-- "КБМ" alone is at least three companies.
told_by_a_name_that_many_bear as (
    select
        'a bare abbreviation stands for a registered company' as what,
        party_name,
        party_tax_number as tax_number,
        organisation_id,
    from names
    where
        match_basis = 'plain_name'
        and starts_with(organisation_id, 'ru-inn-')
        and name_key in ({{ name_key("'КБМ'") }}, {{ name_key("'KBM'") }})
)

select * from told_of_another_number
union all
select * from in_the_group_of_its_namesake
union all
select * from told_by_a_name_that_many_bear
