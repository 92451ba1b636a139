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

currencies as (
    select * from {{ ref('int_customs__currency_keys') }}
),

heading_periods as (
    select * from {{ ref('int_nomenclature__heading_periods') }}
),

typed as (
    select
        lines.customs_line_id,
        -- Both sides' records of a shipment meet in bridge_shipment_lines.
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
        lines.consignor_name_declared,
        lines.consignor_name_marks,
        lines.consignor_on_behalf_of_name,
        lines.consignee_name,
        lines.consignee_name_declared,
        lines.consignee_name_marks,
        lines.consignee_on_behalf_of_name,
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
        heading_periods.is_in_force as hs_heading_in_force,
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
        lines.value_basis as basis_declared,
        currencies.currency_code as invoice_currency,
        lines.currency as invoice_currency_declared,
        lines.invoice_value,
        lines.customs_value_rub,
        lines.local_value,
        lines.local_currency,
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
    left join currencies
        on lines.currency = currencies.currency_as_declared
    left join heading_periods
        on
            substr(lines.hs_code, 1, 4) = heading_periods.heading
            -- The members of the Eurasian Economic Union; others took each edition on days of their own.
            and (
                lines.reporter_country_code = 'RU'
                or lines.reporter_country_code = 'KZ'
                or lines.reporter_country_code = 'BY'
                or lines.reporter_country_code = 'AM'
                or lines.reporter_country_code = 'KG'
            )
            and lines.declared_on between heading_periods.valid_from and heading_periods.valid_to
),

{% if is_incremental() %}
    -- Rates may come after the lines, and be corrected: lines without a declared value in dollars are valued anew.
    held_without_declared_value as (
        select
            * exclude (currency, fx_rate, fx_on, fx_source)
            replace (cast(null as decimal(18, 4)) as value_usd, basis_declared as value_basis),
            true as is_held,
            value_usd as held_value_usd,
            fx_rate as held_fx_rate,
            fx_on as held_fx_on,
            fx_source as held_fx_source,
        from {{ this }}
        where
            (currency is not null or value_usd is null)
            and coalesce(customs_value_rub, local_value, invoice_value) is not null
            and customs_line_id not in (select typed.customs_line_id from typed)
            and customs_line_id not in (select kept.customs_line_id from kept)
    ),
{% endif %}

to_value as (
    select * from typed
    {% if is_incremental() %}
        union all by name
        select * from held_without_declared_value
    {% endif %}
),

-- Without a value in dollars of its own a line is valued by the first of its other amounts: the customs value in
-- roubles (of which the statistical value is the same in dollars), the value in the reporter's own currency, the
-- invoice's, whose basis the terms of delivery tell.
amounts as (
    select
        *,
        case
            when value_usd is not null then null
            when customs_value_rub is not null then 'RUB'
            when local_value is not null then local_currency
            when invoice_value is not null then invoice_currency
        end as amount_currency,
        case
            when customs_value_rub is not null then customs_value_rub
            when local_value is not null then local_value
            else invoice_value
        end as amount,
        case
            when customs_value_rub is not null then 'statistical'
            when local_value is not null then basis_declared
            when upper(substr(trim(incoterms), 1, 3)) = 'FOB' then 'fob'
            when upper(substr(trim(incoterms), 1, 3)) in ('CIF', 'CIP') then 'cif'
            else 'unknown'
        end as amount_basis,
    from to_value
),

rates as (
    select * from {{ ref('int_exchange_rates__usd') }}
),

valued as (
    select
        amounts.* exclude (amount_currency, amount, amount_basis)
        replace (
            case
                when amounts.amount_currency is null then amounts.value_usd
                when amounts.amount_currency = 'USD' then amounts.amount
                else {{ in_usd('amounts.amount', 'rates.fx_rate') }}
            end as value_usd,
            case when amounts.amount_currency is null then amounts.value_basis else amounts.amount_basis end
                as value_basis
        ),
        case
            when amounts.amount_currency = 'USD' or rates.fx_rate is not null then amounts.amount_currency
        end as currency,
        rates.fx_rate,
        rates.fx_on,
        rates.fx_source,
    from amounts
    left join rates
        on amounts.amount_currency = rates.currency and amounts.declared_on = rates.rate_day
),

{% if is_incremental() %}
    changed as (
        select * exclude (is_held, held_value_usd, held_fx_rate, held_fx_on, held_fx_source)
        from valued
        where
            is_held is null
            or value_usd is distinct from held_value_usd
            or fx_rate is distinct from held_fx_rate
            or fx_on is distinct from held_fx_on
            or fx_source is distinct from held_fx_source
    ),
{% endif %}

final as (
    {% if is_incremental() %}
        select * from changed
        union all by name
        select * from kept
    {% else %}
        select * from valued
    {% endif %}
)

select * from final
