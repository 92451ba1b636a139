-- A signal is raised without evidence that names rule, words and address, or evidence is told of a signal that is not
-- raised: the claim could not be checked. Look at int_reimports__evidence beside the model that raises the signal.
with reimports as (
    select * from {{ ref('fct_reimports') }}
),

signals as (
    select
        reimport_id,
        evidence,
        unnest([
            {'signal': 'is_declared_reimport', 'is_raised': is_declared_reimport},
            {'signal': 'is_own_product', 'is_raised': is_own_product},
            {'signal': 'is_russian_origin', 'is_raised': coalesce(is_russian_origin, false)},
            {'signal': 'is_from_military_end_user', 'is_raised': is_from_military_end_user},
            {'signal': 'declared_return_reason', 'is_raised': declared_return_reason <> 'none'},
            {'signal': 'component', 'is_raised': component_class is not null}
        ], recursive := true),
    from reimports
),

pieces as (
    select
        reimport_id,
        source_sha256 || '/' || source_member || '/' || source_row as address_of_line,
        unnest(evidence, recursive := true),
    from reimports
)

select
    reimport_id,
    signal,
    'raised without evidence, or evidence without it' as what,
from signals
where is_raised <> list_contains(list_transform(coalesce(evidence, []), lambda piece: piece.signal), signal)
union all
select
    reimport_id,
    signal,
    'evidence without rule, words or the address of the line' as what,
from pieces
where
    coalesce(rule, '') = ''
    or coalesce("text", '') = ''
    or address is distinct from address_of_line
