-- A foreign export line and a Russian import line that may be two records of one shipment: same country, HS 6 digits
-- and kind of record, days within the tolerance, nothing that contradicts, enough that agrees. Which of them are taken
-- for one is settled in int_reimports__mirrors.
with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

tolerances as (
    select
        max(value) filter (where tolerance = 'days_export_before_import') as days_export_before_import,
        max(value) filter (where tolerance = 'days_import_before_export') as days_import_before_export,
        max(value) filter (where tolerance = 'quantity_share') as quantity_share,
        max(value) filter (where tolerance = 'weight_share') as weight_share,
        max(value) filter (where tolerance = 'least_value_ratio') as least_value_ratio,
        max(value) filter (where tolerance = 'greatest_value_ratio') as greatest_value_ratio,
    from {{ ref('mirror_tolerances') }}
),

compared as (
    select
        imports.customs_line_id as russian_line_id,
        exports.customs_line_id as foreign_line_id,
        date_diff('day', exports.declared_on, imports.declared_on) as days_between,
        -- Null = not known on both sides. A group counts as one: its companies declare for one another.
        coalesce(imports.importer_group_id, imports.importer_id)
        = coalesce(exports.importer_group_id, exports.importer_id) as is_same_importer,
        imports.counterparty_id = exports.counterparty_id as is_same_sender,
        -- One sender's name in two languages is not always seen to be one; two that the register knows are two.
        imports.counterparty_id <> exports.counterparty_id
        and imports.is_counterparty_registered and exports.is_counterparty_registered as are_senders_two,
        case
            when imports.quantity_unit = exports.quantity_unit and greatest(imports.quantity, exports.quantity) > 0
                then abs(imports.quantity - exports.quantity) / greatest(imports.quantity, exports.quantity)
        end as quantity_differs_by,
        case
            when greatest(imports.net_weight_kg, exports.net_weight_kg) > 0
                then
                    abs(imports.net_weight_kg - exports.net_weight_kg)
                    / greatest(imports.net_weight_kg, exports.net_weight_kg)
        end as weight_differs_by,
        case
            when imports.value_usd > 0 and exports.value_usd > 0 then imports.value_usd / exports.value_usd
        end as value_ratio,
    from candidates as imports
    inner join candidates as exports
        on
            imports.record_side = 'russian_import'
            and exports.record_side = 'foreign_export'
            and imports.record_kind = exports.record_kind
            and imports.counterparty_country_code = exports.reporter_country_code
            and imports.hs6_traced = exports.hs6_traced
    cross join tolerances
    where
        date_diff('day', exports.declared_on, imports.declared_on)
        between -tolerances.days_import_before_export and tolerances.days_export_before_import
),

judged as (
    select
        compared.*,
        compared.quantity_differs_by <= tolerances.quantity_share as does_quantity_agree,
        compared.weight_differs_by <= tolerances.weight_share as does_weight_agree,
        compared.value_ratio between tolerances.least_value_ratio and tolerances.greatest_value_ratio
            as does_value_agree,
    from compared
    cross join tolerances
),

counted as (
    select
        *,
        cast(coalesce(is_same_importer, false) as integer) + cast(coalesce(is_same_sender, false) as integer)
            as parties_agreeing,
        cast(coalesce(does_quantity_agree, false) as integer)
        + cast(coalesce(does_weight_agree, false) as integer)
        + cast(coalesce(does_value_agree, false) as integer) as figures_agreeing,
    from judged
    where
        coalesce(is_same_importer, true)
        and not coalesce(are_senders_two, false)
        and coalesce(does_quantity_agree, true)
        and coalesce(does_weight_agree, true)
        and coalesce(does_value_agree, true)
        and (coalesce(does_quantity_agree, false) or coalesce(does_weight_agree, false))
),

final as (
    select
        russian_line_id,
        foreign_line_id,
        case when parties_agreeing > 0 then 'mirror-parties' else 'mirror-figures' end as rule_id,
        days_between,
        parties_agreeing,
        figures_agreeing,
        round(coalesce(quantity_differs_by, 0) + coalesce(weight_differs_by, 0), 6) as figures_differ_by,
        quantity_differs_by,
        weight_differs_by,
        value_ratio,
        -- The better the pair, the lower. The days between do not part two pairs: of monthly deliveries of the same
        -- goods the nearer one is no likelier.
        dense_rank() over (
            order by
                parties_agreeing desc,
                figures_agreeing desc,
                round(coalesce(quantity_differs_by, 0) + coalesce(weight_differs_by, 0), 6)
        ) as place,
    from counted
    where parties_agreeing > 0 or figures_agreeing >= 2
)

select * from final
