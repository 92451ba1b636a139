-- Which families could the part fit, and how do we know? A designation beats a family named in the text, which beats
-- kind of part and maker; a weaker fit is told only where no stronger one stands.
with assessed as (
    select * from {{ ref('int_reimports__assessed') }}
    where exclusion_reason is null
),

-- What either record of a shipment names.
records as (
    select
        customs_line_id as leading_line_id,
        customs_line_id,
    from assessed
    union all
    select
        customs_line_id as leading_line_id,
        mirror_line_id as customs_line_id,
    from assessed
    where mirror_line_id is not null
),

components as (
    select
        records.leading_line_id as customs_line_id,
        components.component_id,
        components.recognised_by,
    from {{ ref('int_reimports__components') }} as components
    inner join records
        on components.customs_line_id = records.customs_line_id
),

bridge as (
    select * from {{ ref('bridge_component_equipment') }}
),

texts as (
    select
        records.leading_line_id as customs_line_id,
        texts.folded_text,
    from {{ ref('int_reimports__texts') }} as texts
    inner join records
        on texts.customs_line_id = records.customs_line_id
    where texts.field = 'description' or texts.field = 'description_english'
),

family_words as (
    select
        family,
        {{ phrase_patterns('phrases') }} as patterns,
    from {{ ref('equipment_family_words') }}
),

by_designation as (
    select
        assessed.customs_line_id,
        bridge.family,
        'designation' as fit_tier,
        1 as fit_rank,
        bridge.component_id,
        bridge.pieces_per_vehicle,
        bridge.citation,
    from assessed
    inner join components
        on
            assessed.customs_line_id = components.customs_line_id
            and components.recognised_by = 'designation'
    inner join bridge
        on
            components.component_id = bridge.component_id
            and (bridge.maker_group_id is null or assessed.importer_group_id = bridge.maker_group_id)
),

by_family as (
    select distinct
        assessed.customs_line_id,
        family_words.family,
        'family' as fit_tier,
        2 as fit_rank,
        assessed.component_id,
        cast(null as integer) as pieces_per_vehicle,
        'The declaration itself names the vehicle: ' || assessed.address as citation,
    from assessed
    inner join texts
        on assessed.customs_line_id = texts.customs_line_id
    inner join family_words
        on {{ phrase_matches('texts.folded_text', 'family_words.patterns') }}
),

by_class as (
    select
        assessed.customs_line_id,
        bridge.family,
        'class' as fit_tier,
        3 as fit_rank,
        bridge.component_id,
        bridge.pieces_per_vehicle,
        bridge.citation,
    from assessed
    inner join bridge
        on
            bridge.component_id = 'class-' || assessed.component_class
            and bridge.maker_group_id = case
                when assessed.is_own_product then assessed.importer_group_id
                else assessed.maker_group_id
            end
),

fits as (
    select * from by_designation
    union all
    select * from by_family
    union all
    select * from by_class
),

final as (
    select * exclude (fit_rank)
    from fits
    qualify
        fit_rank = min(fit_rank) over (partition by customs_line_id)
        and row_number() over (partition by customs_line_id, family order by fit_rank, component_id) = 1
)

select * from final
