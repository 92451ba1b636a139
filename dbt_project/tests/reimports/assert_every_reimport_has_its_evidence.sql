-- A signal is raised without evidence that names rule, words and address, or evidence is told of a signal that is not
-- raised; or the rule is in no seed, or the address is not that of the line, of the other side's record or of an export
-- that was allocated: the claim could not be checked. Look at int_reimports__evidence beside the model that raises the
-- signal.
with reimports as (
    select * from {{ ref('fct_reimports') }}
),

customs_lines as (
    select * from {{ ref('fct_customs_lines') }}
),

reimport_exports as (
    select * from {{ ref('bridge_reimport_exports') }}
),

rules as (
    select rule_id from {{ ref('reimport_rules') }}
    union
    select rule_id from {{ ref('component_class_rules') }}
    union
    select component_id as rule_id from {{ ref('components') }}
    union
    select rule_id from {{ ref('military_end_user_rules') }}
),

lines_of_reimports as (
    select
        reimport_id,
        customs_line_id,
    from reimports
    union
    select
        reimport_id,
        mirror_line_id as customs_line_id,
    from reimports
    where mirror_line_id is not null
),

records as (
    select
        lines_of_reimports.reimport_id,
        customs_lines.source_sha256
        || '/' || coalesce(customs_lines.source_member, '')
        || '/' || customs_lines.source_row as address,
    from lines_of_reimports
    inner join customs_lines
        on lines_of_reimports.customs_line_id = customs_lines.customs_line_id
    union
    select
        reimport_id,
        source_sha256 || '/' || coalesce(source_member, '') || '/' || source_row as address,
    from reimport_exports
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
    union all
    select
        reimport_id,
        'is_round_trip' as signal,
        coalesce(is_round_trip, false) as is_raised,
    from reimports
    union all
    select
        reimport_id,
        'is_corroborated' as signal,
        coalesce(is_corroborated, false) as is_raised,
    from reimports
),

pieces as (
    select
        reimport_id,
        unnest(evidence) as piece,
    from reimports
),

told_pieces as (
    select
        reimport_id,
        struct_extract(piece, 'signal') as signal,
        struct_extract(piece, 'rule') as rule_id,
        struct_extract(piece, 'text') as words,
        struct_extract(piece, 'address') as address,
    from pieces
),

evidence as (
    select
        told_pieces.reimport_id,
        told_pieces.signal,
        rules.rule_id is not null
        and coalesce(told_pieces.words, '') <> ''
        and records.address is not null as can_be_checked,
    from told_pieces
    left join rules
        on told_pieces.rule_id = rules.rule_id
    left join records
        on
            told_pieces.reimport_id = records.reimport_id
            and told_pieces.address = records.address
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
