-- A line counts as the importer's own product although its maker's field names another registered company of another
-- group: one arms maker's goods would be told as another's. Look at int_reimports__own_products and the register.
with reimports as (
    select * from {{ ref('fct_reimports') }}
    where is_own_product
),

organisations as (
    select * from {{ ref('dim_organisations') }}
)

select
    reimports.reimport_id,
    reimports.importer_name,
    reimports.manufacturer_name,
    importers.group_id as importer_group_id,
    makers.group_id as maker_group_id,
from reimports
inner join organisations as makers
    on
        reimports.manufacturer_id = makers.organisation_id
        and makers.is_registered
left join organisations as importers
    on reimports.importer_id = importers.organisation_id
where
    reimports.manufacturer_id <> reimports.importer_id
    and (importers.group_id is null or makers.group_id is distinct from importers.group_id)
