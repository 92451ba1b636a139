-- Links of a page stand in bronze without a line in the ledger: the reading of that file did not end. Its rows are not
-- used; run the bronze step again, which parses what is not finished.
with links as (
    select * from {{ ref('stg_oryx__loss_links') }}
),

ledger as (
    select * from {{ ref('int_boomerang__ledger') }}
)

select
    links.source,
    links.source_sha256,
    count(*) as links,
from links
left join ledger
    on
        links.source = ledger.source
        and links.source_sha256 = ledger.source_sha256
        and links.source_member = ledger.source_member
where ledger.source_sha256 is null
group by links.source, links.source_sha256
