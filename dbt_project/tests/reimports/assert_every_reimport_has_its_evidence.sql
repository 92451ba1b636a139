-- A signal is raised without evidence that names rule, words and address, or evidence is told of a signal that is not
-- raised: the claim could not be checked. Look at int_reimports__evidence beside the model that raises the signal.
with reimports as (
    select * from {{ ref('fct_reimports') }}
),

signals as (
    select
        reimport_id,
        'is_declared_reimport' as signal,
        is_declared_reimport as is_raised,
    from reimports
    union all
    select
        reimport_id,
        'is_own_product' as signal,
        is_own_product as is_raised,
    from reimports
    union all
    select
        reimport_id,
        'is_russian_origin' as signal,
        coalesce(is_russian_origin, false) as is_raised,
    from reimports
    union all
    select
        reimport_id,
        'is_from_military_end_user' as signal,
        is_from_military_end_user as is_raised,
    from reimports
    union all
    select
        reimport_id,
        'declared_return_reason' as signal,
        declared_return_reason <> 'none' as is_raised,
    from reimports
    union all
    select
        reimport_id,
        'component' as signal,
        component_class is not null as is_raised,
    from reimports
),

pieces as (
    select
        reimport_id,
        source_sha256 || '/' || source_member || '/' || source_row as address_of_line,
        unnest(evidence) as piece,
    from reimports
),

evidence as (
    select
        pieces.reimport_id,
        pieces.piece.signal,
        coalesce(pieces.piece.rule, '') <> ''
        and coalesce(pieces.piece.text, '') <> ''
        and coalesce(pieces.piece.address = pieces.address_of_line, false) as can_be_checked,
    from pieces
),

told as (
    select
        reimport_id,
        signal,
        bool_and(can_be_checked) as can_be_checked,
    from evidence
    group by reimport_id, signal
)

select
    coalesce(signals.reimport_id, told.reimport_id) as reimport_id,
    coalesce(signals.signal, told.signal) as signal,
    signals.is_raised,
    told.signal is not null as has_evidence,
    told.can_be_checked,
from signals
full outer join told
    on
        signals.reimport_id = told.reimport_id
        and signals.signal = told.signal
where
    coalesce(signals.is_raised, false) <> (told.signal is not null)
    or not coalesce(told.can_be_checked, true)
