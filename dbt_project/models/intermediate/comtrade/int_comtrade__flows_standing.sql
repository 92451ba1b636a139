-- What was asked decides what stands: of each question and period the newest answer that holds a row, so that a row
-- which the newest answer lacks was withdrawn. An answer without any row takes nothing away: it may be a release that
-- is not out yet, or a fault. Of an answer whose question is not known each row stands for itself.
with answers as (
    select * from {{ ref('stg_comtrade__answers') }}
),

flows as (
    select * from {{ ref('stg_comtrade__flows') }}
),

observed as (
    select
        source_sha256,
        max(observed_at) as observed_at,
        min({{ day_of('observed_at') }}) as known_from,
    from {{ ref('stg_boomerang__observations') }}
    where source = 'comtrade'
    group by source_sha256
),

answered as (
    select
        flows.*,
        answers.asked_side,
        answers.area_code,
        observed.observed_at,
        observed.known_from,
    from flows
    inner join answers
        on flows.source_sha256 = answers.source_sha256 and flows.source_member = answers.source_member
    inner join observed
        on flows.source_sha256 = observed.source_sha256
),

of_the_newest_answer as (
    select *
    from answered
    qualify
        asked_side = 'given'
        or dense_rank() over (
            partition by asked_side, area_code, frequency, period
            order by observed_at desc, source_sha256 desc
        ) = 1
),

-- Two questions may give the same row (Russia with itself), and so may an answer that was given by hand.
final as (
    select
        frequency,
        period,
        reporter_code,
        partner_code,
        flow,
        commodity_code,
        classification,
        value_usd,
        cif_value_usd,
        fob_value_usd,
        net_weight_kg,
        is_net_weight_estimated,
        is_reported,
        is_aggregate,
        known_from,
        observed_at,
        source_sha256,
        source_member,
        source_row,
    from of_the_newest_answer
    qualify row_number() over (
        partition by frequency, period, reporter_code, partner_code, flow, commodity_code
        order by observed_at desc, source_sha256 desc, source_member desc, source_row desc
    ) = 1
)

select * from final
