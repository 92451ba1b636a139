-- Names are settled once each, not once a line. A tax number is read as a Russian one (INN) only where the party is the
-- reporter's own: the importer of a Russian import, the exporter of a Russian export.
with texts as (
    select * from {{ ref('int_customs__texts_by_file') }}
    where text_kind in ('consignor', 'consignee', 'manufacturer')
),

final as (
    select
        coalesce(text_as_declared, '') as party_name,
        coalesce(tax_number, '') as party_tax_number,
        is_russian_party,
        cast(sum(lines) as bigint) as lines,
    from texts
    where coalesce(text_as_declared, '') <> '' or coalesce(tax_number, '') <> ''
    group by all
)

select * from final
