-- The maker named on the line is the Russian party (the importer, or the exporter of an export line) or a company of
-- its group. Two ways to see it: the maker's field resolves to such a company (or bears the party's very name), or the
-- maker's field, the brand or the description holds one of the names that the register gives it.
with candidates as (
    select * from {{ ref('int_reimports__candidates') }}
),

exports as (
    select * from {{ ref('int_reimports__exports') }}
),

texts as (
    select * from {{ ref('int_reimports__texts') }}
),

register_names as (
    select * from {{ ref('int_parties__register_names') }}
),

maker_words as (
    select {{ phrase_patterns('phrases') }} as patterns
    from {{ ref('reimport_rules') }}
    where kind = 'maker_words'
),

lines as (
    select
        customs_line_id,
        importer_id as party_id,
        importer_group_id as party_group_id,
        manufacturer_id,
        manufacturer_name,
        maker_group_id,
        is_maker_defence_maker,
    from candidates
    union all
    select
        customs_line_id,
        exporter_id as party_id,
        exporter_group_id as party_group_id,
        manufacturer_id,
        manufacturer_name,
        maker_group_id,
        is_maker_defence_maker,
    from exports
),

by_organisation as (
    select
        customs_line_id,
        case
            when manufacturer_id = party_id then 'own-product-same-organisation'
            else 'own-product-same-group'
        end as rule_id,
        'manufacturer_name' as field,
        manufacturer_name as field_text,
    from lines
    where manufacturer_id = party_id or maker_group_id = party_group_id
),

by_register_name as (
    select
        texts.customs_line_id,
        'own-product-register-name' as rule_id,
        texts.field,
        texts.field_text,
    from texts
    inner join lines
        on texts.customs_line_id = lines.customs_line_id
    inner join register_names
        on
            (
                lines.party_id = register_names.organisation_id
                or lines.party_group_id = register_names.group_id
            )
            and {{ phrase_matches('texts.folded_text', 'register_names.name_patterns') }}
            and not {{ phrase_matches('texts.folded_text', 'register_names.unless_patterns') }}
    cross join maker_words
    -- A description also names the importer as the one whom the goods are for: it needs a word of making. A
    -- maker's field that resolves to another registered company names that one, whatever words it shares.
    where
        case
            when texts.field = 'manufacturer_name'
                then
                    not lines.is_maker_defence_maker
                    or coalesce(lines.maker_group_id = lines.party_group_id, false)
            when texts.field = 'trade_mark' then true
            else {{ phrase_matches('texts.folded_text', 'maker_words.patterns') }}
        end
),

final as (
    select * from by_organisation
    union
    select * from by_register_name
)

select * from final
