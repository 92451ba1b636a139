-- Names are settled once each, not once a line. A tax number is read as a Russian one (INN) only where the party is the
-- reporter's own: the importer of a Russian import, the exporter of a Russian export.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
),

consignors as (
    select
        consignor_name as party_name,
        consignor_tax_number as party_tax_number,
        reporter_country_code = 'RU' and direction = 'export' as is_russian_party,
        count(*) as lines,
    from lines
    group by all
),

consignees as (
    select
        consignee_name as party_name,
        consignee_tax_number as party_tax_number,
        reporter_country_code = 'RU' and direction = 'import' as is_russian_party,
        count(*) as lines,
    from lines
    group by all
),

manufacturers as (
    select
        manufacturer_name as party_name,
        cast(null as varchar) as party_tax_number,
        false as is_russian_party,
        count(*) as lines,
    from lines
    group by all
),

parties as (
    select * from consignors
    union all
    select * from consignees
    union all
    select * from manufacturers
),

final as (
    select
        coalesce(party_name, '') as party_name,
        coalesce(party_tax_number, '') as party_tax_number,
        is_russian_party,
        cast(sum(lines) as bigint) as lines,
    from parties
    where coalesce(party_name, '') <> '' or coalesce(party_tax_number, '') <> ''
    group by all
)

select * from final
