with flows as (
    select * from {{ ref('int_comtrade__flows_standing') }}
    where
        regexp_full_match(commodity_code, '\d{6}')
        and (flow = 'M' or flow = 'X' or flow = 'RM' or flow = 'RX')
),

areas as (
    select * from {{ ref('int_comtrade__areas') }}
),

-- The value is one of the two that a row may give besides; re-imports are met that give neither.
valued as (
    select
        *,
        case
            when value_usd = cif_value_usd then 'cif'
            when value_usd = fob_value_usd then 'fob'
        end as own_basis,
        case flow when 'RM' then 'M' when 'RX' then 'X' else flow end as whole,
    from flows
),

-- A part is shown beside its whole, and has the basis of the whole where it tells none.
with_parts as (
    select
        valued.*,
        coalesce(valued.own_basis, wholes.own_basis, 'unknown') as value_basis,
        parts.value_usd as part_value_usd,
    from valued
    left join valued as wholes
        on
            valued.flow <> valued.whole
            and valued.whole = wholes.flow
            and valued.frequency = wholes.frequency
            and valued.period = wholes.period
            and valued.reporter_code = wholes.reporter_code
            and valued.partner_code = wholes.partner_code
            and valued.commodity_code = wholes.commodity_code
    left join valued as parts
        on
            valued.flow = valued.whole
            and valued.flow = parts.whole
            and parts.flow <> parts.whole
            and valued.frequency = parts.frequency
            and valued.period = parts.period
            and valued.reporter_code = parts.reporter_code
            and valued.partner_code = parts.partner_code
            and valued.commodity_code = parts.commodity_code
),

final as (
    select
        with_parts.reporter_code,
        with_parts.partner_code,
        with_parts.period,
        with_parts.commodity_code as hs6,
        with_parts.flow,
        case with_parts.frequency when 'A' then 'annual' when 'M' then 'monthly' end as frequency,
        reporters.country_code as reporter_country_code,
        partners.country_code as partner_country_code,
        with_parts.flow = with_parts.whole as counts_in_totals,
        cast(with_parts.value_usd as decimal(18, 4)) as value_usd,
        with_parts.value_basis,
        case when with_parts.flow = 'M' then cast(with_parts.part_value_usd as decimal(18, 4)) end
            as of_which_reimports_usd,
        case when with_parts.flow = 'X' then cast(with_parts.part_value_usd as decimal(18, 4)) end
            as of_which_reexports_usd,
        cast(mirrors.value_usd as decimal(18, 4)) as mirror_value_usd,
        mirrors.value_basis as mirror_value_basis,
        cast(with_parts.value_usd - mirrors.value_usd as decimal(18, 4)) as gap_usd,
        cast(with_parts.net_weight_kg as decimal(18, 4)) as net_weight_kg,
        with_parts.is_net_weight_estimated,
        with_parts.classification,
        mirrors.classification as mirror_classification,
        with_parts.known_from,
        with_parts.source_sha256,
        with_parts.source_member,
        with_parts.source_row,
    from with_parts
    inner join areas as reporters
        on with_parts.reporter_code = reporters.area_code
    inner join areas as partners
        on with_parts.partner_code = partners.area_code
    -- A part has no mirror: the partner's exports do not tell which of them came back. Nor has trade with oneself.
    left join with_parts as mirrors
        on
            with_parts.reporter_code = mirrors.partner_code
            and with_parts.partner_code = mirrors.reporter_code
            and with_parts.reporter_code <> with_parts.partner_code
            and with_parts.frequency = mirrors.frequency
            and with_parts.period = mirrors.period
            and with_parts.commodity_code = mirrors.commodity_code
            and (
                (with_parts.flow = 'M' and mirrors.flow = 'X')
                or (with_parts.flow = 'X' and mirrors.flow = 'M')
            )
    where not reporters.is_group and not partners.is_group
)

select * from final
