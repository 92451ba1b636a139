-- A declared reason put to the test: did anything of the kind go back, as far as our records of Russian exports reach?
-- Nothing on record within what we can see is not the same as nothing seen at all.
with reimports as (
    select * from {{ ref('fct_reimports') }}
    where declared_return_reason = 'defect_claim' or declared_return_reason = 'repair'
),

coverage as (
    select * from {{ ref('int_reimports__export_coverage') }}
),

exports as (
    select * from {{ ref('int_reimports__exports') }}
),

returns as (
    select * from {{ ref('int_reimports__returns') }}
),

went_back as (
    select
        returns.customs_line_id,
        cast(sum(returns.quantity) as decimal(18, 4)) as quantity_returned,
        min(returns.returned_on) as first_returned_on,
        list(
            {
                'export_line_id': returns.export_line_id,
                'returned_on': returns.returned_on,
                'quantity': returns.quantity,
                'rule': returns.rule_id,
                'address': exports.address
            }
            order by returns.returned_on, returns.export_line_id
        ) as returns,
    from returns
    inner join exports
        on returns.export_line_id = exports.customs_line_id
    group by returns.customs_line_id
),

judged as (
    select
        reimports.*,
        went_back.quantity_returned,
        went_back.first_returned_on,
        went_back.returns,
        coverage.observable_until,
        case
            when went_back.quantity_returned > 0 then 'returns_on_record'
            when reimports.component_class is null then 'goods_not_recognised'
            when
                reimports.declared_on is null or reimports.counterparty_country_code is null
                then 'day_or_country_not_declared'
            when
                coalesce(reimports.quantity, 0) <= 0 or reimports.quantity_unit is null
                then 'quantity_not_declared'
            when coverage.observable_until is null then 'exports_not_covered'
            when
                coverage.observable_until < reimports.declared_on + 90
                then 'coverage_ends_too_early'
            else 'no_return_on_record'
        end as because,
    from reimports
    left join coverage
        on reimports.customs_line_id = coverage.customs_line_id
    left join went_back
        on reimports.customs_line_id = went_back.customs_line_id
),

assessed as (
    select
        *,
        case because
            when 'returns_on_record' then 'supported'
            when 'no_return_on_record' then 'not_supported_so_far'
            else 'not_observable'
        end as assessment,
    from judged
),

final as (
    select
        reimport_id,
        declared_on,
        importer_id,
        importer_name,
        counterparty_id,
        counterparty_name,
        counterparty_country_code,
        manufacturer_id,
        component_id,
        component_class,
        declared_return_reason,
        quantity,
        quantity_unit,
        -- Nothing seen where nobody could look is not nothing.
        case
            when assessment = 'not_supported_so_far' then cast(0 as decimal(18, 4))
            else quantity_returned
        end as quantity_returned,
        first_returned_on,
        observable_until,
        assessment,
        because,
        coalesce(returns, []) as returns,
        evidence_tier,
        record_kind,
        source_sha256,
        source_member,
        source_row,
    from assessed
)

select * from final
