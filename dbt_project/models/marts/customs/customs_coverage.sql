with coverage as (
    select * from {{ ref('stg_customs__coverage') }}
),

-- Two files may declare the same span: it is told once, with the first that did.
final as (
    select
        md5({{ joined_text(['reporter_country_code', 'direction', 'covered_from', 'covered_to', 'hs_prefix']) }})
            as coverage_id,
        reporter_country_code,
        direction,
        covered_from,
        covered_to,
        hs_prefix,
        declared_by,
        {{ day_of('observed_at') }} as declared_from,
        source_sha256,
    from coverage
    qualify row_number() over (
        partition by reporter_country_code, direction, covered_from, covered_to, hs_prefix
        order by observed_at, source_sha256, declared_by
    ) = 1
)

select * from final
