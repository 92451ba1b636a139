-- A company is taken for another whose name resembles its own: it would be accused of somebody else's trade. The tax
-- number decides, then a spelling of the register; correct seeds/parties/organisation_names.csv (column `unless`).
with staged as (
    select * from {{ ref('stg_customs__lines') }}
    where reporter_country_code = 'RU' and direction = 'import'
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

names as (
    select * from {{ ref('int_parties__names_resolved') }}
),

-- Namesakes of Uralvagonzavod (6623029538, 7706453206) and of KBM Kolomna (5022039177).
namesakes (inn) as (
    values ('7709835066'), ('6623009965'), ('7722307636'), ('4501033519')
),

-- Whatever the names say, on the line itself: those that are told apart by number are the ones that matter.
told_by_number as (
    select
        inn,
        organisation_id,
    from organisations
    where is_registered and inn is not null
    union
    select
        inn,
        'ru-inn-' || inn as organisation_id,
    from namesakes
),

told_of_another_number as (
    select
        'the tax number says another organisation' as what,
        staged.consignee_name as party_name,
        staged.consignee_tax_number as tax_number,
        customs_lines.consignee_id as organisation_id,
    from staged
    inner join told_by_number
        on staged.consignee_tax_number = told_by_number.inn
    inner join customs_lines
        on
            staged.source_sha256 = customs_lines.source_sha256
            and staged.source_member = customs_lines.source_member
            and staged.source_row = customs_lines.source_row
    where customs_lines.consignee_id is distinct from told_by_number.organisation_id
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
