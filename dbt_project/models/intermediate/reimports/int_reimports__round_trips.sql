-- For each shipment: was the same thing exported before? And where no export was allocated, why. True, false (our
-- records reach back and hold none that is left) or null (nobody can tell).
with goods_in as (
    select * from {{ ref('int_reimports__goods') }}
    where goods_went = 'in'
),

goods_out as (
    select * from {{ ref('int_reimports__goods') }}
    where goods_went = 'out'
),

allocated as (
    select * from {{ ref('int_reimports__exports_allocated') }}
),

coverage as (
    select * from {{ ref('int_reimports__export_coverage') }}
),

-- Exports of one sort are one row: when the first went out, and whether a quantity was declared.
sorts_out as (
    select
        record_kind,
        maker_key,
        country_code,
        party_id,
        is_party_registered,
        designation,
        component_class,
        heading_traced,
        quantity_unit,
        min(declared_on) as first_exported_on,
        min(declared_on) filter (where quantity > 0 and quantity_unit is not null) as first_counted_on,
    from goods_out
    where component_class is not null
    group by all
),

comparable as (
    select
        goods_in.customs_line_id,
        bool_or(true) as is_any_earlier,
        bool_or(coalesce(sorts_out.first_counted_on < goods_in.declared_on, false)) as is_any_counted,
        bool_or(
            coalesce(
                sorts_out.first_counted_on < goods_in.declared_on
                and sorts_out.quantity_unit = goods_in.quantity_unit,
                false
            )
        ) as is_any_in_unit,
    from goods_in
    inner join sorts_out
        on
            goods_in.record_kind = sorts_out.record_kind
            and goods_in.maker_key = sorts_out.maker_key
            and (
                goods_in.country_code = sorts_out.country_code
                or (goods_in.party_id = sorts_out.party_id and goods_in.is_party_registered)
            )
            and goods_in.declared_on > sorts_out.first_exported_on
            and (
                goods_in.designation = sorts_out.designation
                or (
                    (goods_in.designation is null or sorts_out.designation is null)
                    and goods_in.may_match_by_kind
                    and goods_in.component_class = sorts_out.component_class
                    and goods_in.heading_traced = sorts_out.heading_traced
                )
            )
    group by goods_in.customs_line_id
),

trips as (
    select
        customs_line_id,
        arg_min(export_line_id, { 'day': exported_on, 'line': export_line_id }) as export_line_id,
        min(exported_on) as exported_on,
        cast(sum(quantity) as decimal(18, 4)) as quantity_exported_before,
    from allocated
    group by customs_line_id
),

explained as (
    select
        goods_in.customs_line_id,
        goods_in.declared_on,
        trips.export_line_id,
        trips.exported_on,
        trips.quantity_exported_before,
        case
            when trips.export_line_id is not null then 'export_found'
            when goods_in.component_class is null then 'goods_not_recognised'
            when
                goods_in.declared_on is null
                or (goods_in.country_code is null and not coalesce(goods_in.is_party_registered, false))
                then 'day_or_place_not_declared'
            when
                comparable.is_any_earlier
                and (
                    coalesce(goods_in.quantity, 0) <= 0
                    or goods_in.quantity_unit is null
                    or not comparable.is_any_counted
                )
                then 'quantity_not_declared'
            when comparable.is_any_earlier and not comparable.is_any_in_unit then 'other_unit'
            when comparable.is_any_earlier then 'exports_used_up'
            when coverage.first_covered_on < goods_in.declared_on then 'no_export_on_record'
            else 'exports_not_covered'
        end as round_trip_status,
    from goods_in
    left join trips
        on goods_in.customs_line_id = trips.customs_line_id
    left join comparable
        on goods_in.customs_line_id = comparable.customs_line_id
    left join coverage
        on goods_in.customs_line_id = coverage.customs_line_id
),

final as (
    select
        customs_line_id,
        case
            when round_trip_status = 'export_found' then true
            when round_trip_status = 'exports_used_up' or round_trip_status = 'no_export_on_record' then false
        end as is_round_trip,
        round_trip_status,
        export_line_id,
        exported_on,
        cast(date_diff('day', exported_on, declared_on) as integer) as days_away,
        quantity_exported_before,
    from explained
)

select * from final
