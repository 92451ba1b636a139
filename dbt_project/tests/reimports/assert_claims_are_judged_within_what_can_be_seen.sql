-- A claim of a defect is called supported without a return, or unsupported where our records of exports do not reach 90
-- days beyond it; more went back than came in; one export went back for two claims; or a re-import with such a reason
-- has no row. Look at mart_defect_claims.
with claims as (
    select * from {{ ref('mart_defect_claims') }}
),

reimports as (
    select * from {{ ref('fct_reimports') }}
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

coverage as (
    select * from {{ ref('customs_coverage') }}
    where reporter_country_code = 'RU' and direction = 'export'
),

pieces as (
    select
        declared_on,
        unnest(returns) as piece,
    from claims
),

returns as (
    select
        declared_on,
        struct_extract(piece, 'export_line_id') as export_line_id,
        struct_extract(piece, 'quantity') as quantity,
    from pieces
),

wrong_claims as (
    select
        'claim' as what,
        claims.reimport_id as which,
    from claims
    where
        (claims.assessment = 'supported') <> coalesce(claims.quantity_returned > 0, false)
        or (claims.assessment = 'not_supported_so_far') <> coalesce(claims.quantity_returned = 0, false)
        or claims.quantity_returned > claims.quantity
        or (claims.first_returned_on is not null) <> (claims.assessment = 'supported')
        or claims.first_returned_on <= claims.declared_on
        or (
            claims.assessment = 'not_supported_so_far'
            and not coalesce(
                claims.observable_until >= claims.declared_on + 90
                and claims.observable_until <= (select max(coverage.covered_to) from coverage),
                false
            )
        )
),

wrong_returns as (
    select
        'return' as what,
        returns.export_line_id as which,
    from returns
    left join customs_lines as exports
        on returns.export_line_id = exports.customs_line_id
    group by returns.export_line_id
    having
        sum(returns.quantity) > coalesce(max(exports.quantity), 0)
        or min(exports.declared_on) <= max(returns.declared_on)
),

without_a_row as (
    select
        'claim without a row' as what,
        reimports.reimport_id as which,
    from reimports
    left join claims
        on reimports.reimport_id = claims.reimport_id
    where
        (reimports.declared_return_reason = 'defect_claim' or reimports.declared_return_reason = 'repair')
        <> (claims.reimport_id is not null)
)

select * from wrong_claims
union all
select * from wrong_returns
union all
select * from without_a_row
