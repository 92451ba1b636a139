{#- Was an organisation on a list on a day, by what was observed? True between two observations that show it, false
    between two that do not, null (not known) before the list's first and after its last observation, between one that
    shows it and one that does not, and where organisation or day is null. False says that no entry of the list was
    recognised as the organisation.

    An expression of one value a row, e.g. sanctions_as_of('lines.consignee_id', 'lines.declared_on', 'ofac_sdn'); the
    models organisation_sanctions and int_sanctions__days must be built before. -#}
{% macro sanctions_as_of(organisation_id, day, list) -%}
    (
        case
            when
                {{ organisation_id }} is not null
                and {{ day }} >= (
                    select min(days.day) from {{ ref('int_sanctions__days') }} as days where days.list = '{{ list }}'
                )
                and {{ day }} <= (
                    select max(days.day) from {{ ref('int_sanctions__days') }} as days where days.list = '{{ list }}'
                )
                then
                    case
                        when exists (
                            select 1
                            from {{ ref('organisation_sanctions') }} as spells
                            where
                                spells.list = '{{ list }}'
                                and spells.organisation_id = {{ organisation_id }}
                                and {{ day }} >= spells.listed_seen_from
                                and {{ day }} <= coalesce(spells.listed_seen_to, cast('9999-12-31' as date))
                        )
                            then true
                        when exists (
                            select 1
                            from {{ ref('organisation_sanctions') }} as spells
                            where
                                spells.list = '{{ list }}'
                                and spells.organisation_id = {{ organisation_id }}
                                and (
                                    ({{ day }} > spells.not_listed_seen_on and {{ day }} < spells.listed_seen_from)
                                    or ({{ day }} > spells.listed_seen_to and {{ day }} < spells.removal_seen_on)
                                )
                        )
                            then cast(null as boolean)
                        else false
                    end
        end
    )
{%- endmacro %}
