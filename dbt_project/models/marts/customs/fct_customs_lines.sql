{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='customs_line_id',
        on_schema_change='fail'
    )
}}

-- depends_on: {{ ref('int_customs__lines_identified') }}
-- depends_on: {{ ref('int_customs__lines_repeated') }}
-- depends_on: {{ ref('customs_lines_superseded') }}
-- (What is superseded is taken from here before its place is taken.)
{% if is_incremental() %}
    {% set touched_files = customs_files_touched(ref('int_customs__lines_identified')) %}
{% endif %}

-- Not materialised: where the files are named, no other is read.
with resolved as not materialized (
    select * from {{ ref('int_customs__lines_resolved') }}
    where resolution = 'standing'
),

{% if is_incremental() %}
    repeated as (
        select * from {{ ref('int_customs__lines_repeated') }}
    ),

    identified as (
        select * from {{ ref('int_customs__lines_identified') }}
        where built_at = {{ built_at() }}
    ),

    -- Lines of earlier files that the new ones repeat: they stand still, are known from an earlier day, or stand again.
    earlier as (
        select repeated.*
        from repeated
        where
            repeated.resolution = 'standing'
            and repeated.customs_line_id in (select identified.customs_line_id from identified)
            and not {{ is_one_of_files('repeated.source_sha256', touched_files) }}
    ),

    kept as (
        select held.* replace (earlier.known_from as known_from)
        from {{ this }} as held
        inner join earlier
            on
                held.customs_line_id = earlier.customs_line_id
                and held.source_sha256 = earlier.source_sha256
                and held.source_member = earlier.source_member
                and held.source_row = earlier.source_row
    ),

    standing_again as (
        select resolved.*
        from resolved
        inner join earlier
            on
                resolved.source_sha256 = earlier.source_sha256
                and resolved.source_member = earlier.source_member
                and resolved.source_row = earlier.source_row
        where earlier.customs_line_id not in (select kept.customs_line_id from kept)
    ),

    lines as (
        select * from resolved
        where {{ is_one_of_files('source_sha256', touched_files) }}
        union all
        select * from standing_again
    ),
{% else %}
    lines as (
        select * from resolved
    ),
{% endif %}

parties as (
    select * from {{ ref('int_parties__names_resolved') }}
),

countries as (
    select * from {{ ref('int_customs__country_keys') }}
),

units as (
    select * from {{ ref('int_customs__unit_keys') }}
),

typed as (
    select
        lines.customs_line_id,
        -- A shipment is its own until both sides' records of it are matched.
        lines.customs_line_id as shipment_id,
        lines.reporter_country_code,
        lines.direction,
        lines.declaration_number,
        lines.line_number,
        lines.declared_on,
        lines.known_from,
        lines.content_known_from,
        consignors.organisation_id as consignor_id,
        consignees.organisation_id as consignee_id,
        -- The same plain name on the same line is the same organisation, unless the register knows the name.
        case
            when manufacturers.is_register_name then manufacturers.organisation_id
            when manufacturers.name_key = consignees.name_key then consignees.organisation_id
            when manufacturers.name_key = consignors.name_key then consignors.organisation_id
            else manufacturers.organisation_id
        end as manufacturer_id,
        lines.consignor_name,
        lines.consignee_name,
        lines.manufacturer_name,
        lines.trade_mark,
        origins.country_code as origin_country_code,
        lines.origin_country,
        dispatches.country_code as dispatch_country_code,
        lines.dispatch_country,
        destinations.country_code as destination_country_code,
        lines.destination_country,
        lines.hs_code,
        case when regexp_matches(lines.hs_code, '^\d{6}') then substr(lines.hs_code, 1, 6) end as hs6,
        lines.procedure_code,
        case when regexp_matches(lines.procedure_code, '^\d{2}') then substr(lines.procedure_code, 1, 2) end
            as procedure,
        case
            when regexp_matches(lines.procedure_code, '^\d{4}') then substr(lines.procedure_code, 3, 2)
        end as previous_procedure,
        lines.description,
        lines.description_english,
        lines.quantity,
        coalesce(units.quantity_unit, nullif(lower(trim(lines.quantity_unit)), '')) as quantity_unit,
        lines.quantity_unit as quantity_unit_declared,
        lines.net_weight_kg,
        lines.gross_weight_kg,
        lines.value_usd,
        lines.value_basis,
        -- Filled only where a value was converted into USD; this version converts none.
        cast(null as varchar) as currency,
        cast(null as decimal(18, 8)) as fx_rate,
        cast(null as date) as fx_on,
        cast(null as varchar) as fx_source,
        lines.currency as invoice_currency,
        lines.invoice_value,
        lines.customs_value_rub,
        lines.incoterms,
        lines.layout,
        lines.record_kind,
        lines.source_sha256,
        lines.source_member,
        lines.source_row,
    from lines
    left join parties as consignors
        on
            coalesce(lines.consignor_name, '') = consignors.party_name
            and coalesce(lines.consignor_tax_number, '') = consignors.party_tax_number
            and (lines.reporter_country_code = 'RU' and lines.direction = 'export') = consignors.is_russian_party
    left join parties as consignees
        on
            coalesce(lines.consignee_name, '') = consignees.party_name
            and coalesce(lines.consignee_tax_number, '') = consignees.party_tax_number
            and (lines.reporter_country_code = 'RU' and lines.direction = 'import') = consignees.is_russian_party
    left join parties as manufacturers
        on
            coalesce(lines.manufacturer_name, '') = manufacturers.party_name
            and manufacturers.party_tax_number = ''
            and not manufacturers.is_russian_party
    left join countries as origins
        on lines.origin_country = origins.country_as_declared
    left join countries as dispatches
        on lines.dispatch_country = dispatches.country_as_declared
    left join countries as destinations
        on lines.destination_country = destinations.country_as_declared
    left join units
        on lines.quantity_unit = units.unit_as_declared
),

final as (
    select * from typed
    {% if is_incremental() %}
        union all by name
        select * from kept
    {% endif %}
)

select * from final
