-- Tax number first, then the plain name. A name of the register stands for the organisation it names; any other name
-- stands for itself. A number that does not check is no number, and words for "not known" are no name.
with names_seen as (
    select * from {{ ref('int_parties__names_seen') }}
),

register_names as (
    select * from {{ ref('int_parties__register_names') }}
),

military_rules as (
    select
        rule_id,
        country_code,
        {{ phrase_patterns('phrases') }} as patterns,
        {{ phrase_patterns('unless') }} as unless_patterns,
    from {{ ref('military_end_user_rules') }}
),

placeholders as (
    select distinct {{ fold_text('words') }} as name_folded from {{ ref('placeholder_names') }}
),

-- "7722476458 772201001 OOO YATASH RUS": the number is glued to the name, with the KPP (9 digits) behind it.
numbers as (
    select
        *,
        coalesce(
            nullif(regexp_extract(party_tax_number, '^\s*(\d{12}|\d{10})(\D|$)', 1), ''),
            nullif(regexp_extract(party_name, '^\s*(\d{12}|\d{10})[ /]', 1), '')
        ) as number_declared,
        regexp_matches(party_name, '^\s*\d{10}[ /]+\d{9}\s') as has_kpp,
        case
            when {{ fold_text('party_name') }} not in (select placeholders.name_folded from placeholders)
                then {{ name_key('party_name') }}
        end as name_key,
        {{ fold_text_padded('party_name') }} as name_folded,
    from names_seen
),

checked as (
    select
        *,
        case
            when (is_russian_party or has_kpp) and {{ is_valid_inn('number_declared') }} then number_declared
        end as inn,
    from numbers
),

military as (
    select
        checked.party_name,
        arg_min(
            military_rules.rule_id,
            { 'is_general': military_rules.country_code is null, 'rule': military_rules.rule_id }
        ) as military_rule,
        min(military_rules.country_code) as military_country_code,
    from (select distinct
        party_name,
        name_folded
    from checked) as checked
    inner join military_rules
        on
            {{ phrase_matches('checked.name_folded', 'military_rules.patterns') }}
            and not {{ phrase_matches('checked.name_folded', 'military_rules.unless_patterns') }}
    group by checked.party_name
),

final as (
    select
        checked.party_name,
        checked.party_tax_number,
        checked.is_russian_party,
        checked.lines,
        checked.inn,
        checked.name_key,
        case
            when checked.inn is not null then 'ru-inn-' || checked.inn
            when register_names.organisation_id is not null then register_names.organisation_id
            when checked.name_key is not null then 'name-' || md5(checked.name_key)
        end as organisation_id,
        case when checked.inn is not null then 'tax_number' else 'plain_name' end as match_basis,
        register_names.organisation_id is not null as is_register_name,
        military.military_rule,
        military.military_country_code,
    from checked
    left join register_names
        on checked.name_key = register_names.name_key
    left join military
        on checked.party_name = military.party_name
)

select * from final
