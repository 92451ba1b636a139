-- Russian export lines that could have something to do with a candidate: by its importer or its maker, or a company of
-- their groups, to the country that it came from or to its very sender; before it or after it.
with lines as (
    select * from {{ ref('fct_customs_lines') }}
),

organisations as (
    select * from {{ ref('dim_organisations') }}
),

candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

successions as (
    select * from {{ ref('hs_successions') }}
),

sought as (
    select distinct
        record_kind,
        coalesce(importer_group_id, importer_id) as maker_key,
        counterparty_country_code as country_code,
        counterparty_id as party_id,
    from candidates
    union
    select distinct
        record_kind,
        coalesce(maker_group_id, manufacturer_id) as maker_key,
        counterparty_country_code as country_code,
        counterparty_id as party_id,
    from candidates
),

sought_companies as (
    select organisation_id
    from organisations
    where coalesce(group_id, organisation_id) in (select sought.maker_key from sought)
),

of_companies as (
    select *
    from lines
    where
        reporter_country_code = 'RU'
        and direction = 'export'
        and procedure is distinct from '80'
        and (
            consignor_id in (select sought_companies.organisation_id from sought_companies)
            or manufacturer_id in (select sought_companies.organisation_id from sought_companies)
        )
),

described as (
    select
        of_companies.customs_line_id,
        of_companies.declared_on,
        of_companies.declaration_number,
        of_companies.consignor_id as exporter_id,
        of_companies.consignor_name as exporter_name,
        exporters.group_id as exporter_group_id,
        of_companies.consignee_id as buyer_id,
        of_companies.consignee_name as buyer_name,
        coalesce(buyers.is_registered, false) as is_buyer_registered,
        coalesce(of_companies.destination_country_code, buyers.country_code) as buyer_country_code,
        of_companies.manufacturer_id,
        of_companies.manufacturer_name,
        makers.group_id as maker_group_id,
        coalesce(makers.role, 'not_known') = 'defence_maker' as is_maker_defence_maker,
        of_companies.trade_mark,
        of_companies.hs_code,
        coalesce(successions.formerly, left(of_companies.hs_code, 4)) as heading_traced,
        of_companies.procedure_code,
        of_companies.description,
        of_companies.description_english,
        of_companies.quantity,
        of_companies.quantity_unit,
        of_companies.record_kind,
        of_companies.source_sha256,
        of_companies.source_member,
        of_companies.source_row,
        of_companies.source_sha256 || '/' || coalesce(of_companies.source_member, '') || '/' || of_companies.source_row
            as address,
    from of_companies
    left join organisations as exporters
        on of_companies.consignor_id = exporters.organisation_id
    left join organisations as buyers
        on of_companies.consignee_id = buyers.organisation_id
    left join organisations as makers
        on of_companies.manufacturer_id = makers.organisation_id
    left join successions
        on left(of_companies.hs_code, 4) = successions.hs_code
),

final as (
    select described.*
    from described
    where
        exists (
            select 1
            from sought
            where
                described.record_kind = sought.record_kind
                and coalesce(described.exporter_group_id, described.exporter_id) = sought.maker_key
                and described.buyer_country_code = sought.country_code
        )
        or exists (
            select 1
            from sought
            where
                described.record_kind = sought.record_kind
                and coalesce(described.maker_group_id, described.manufacturer_id) = sought.maker_key
                and described.buyer_country_code = sought.country_code
        )
        or exists (
            select 1
            from sought
            where described.record_kind = sought.record_kind and described.buyer_id = sought.party_id
        )
)

select * from final
