{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='customs_line_id',
        on_schema_change='fail'
    )
}}

{% set identified = ref('int_customs__lines_identified') %}
{% if is_incremental() %}
    {% set touched_files = customs_files_touched(identified) %}
    {# Not a ref: the table as the night before left it, before these lines lose their place in it. #}
    {% set standing_until_now = adapter.get_relation(this.database, this.schema, 'fct_customs_lines') %}
{% endif %}
{% set columns = [
    'source_sha256', 'source_member', 'source_row', 'reporter_country_code', 'direction', 'declaration_number',
    'line_number', 'declared_on', 'procedure_code', 'consignor_name', 'consignee_name', 'manufacturer_name', 'hs_code',
    'description', 'quantity', 'quantity_unit_declared', 'value_usd', 'value_basis', 'record_kind',
] %}

-- Not materialised: where the files are named, no other is read.
with staged as not materialized (
    select
        *,
        quantity_unit as quantity_unit_declared,
    from {{ ref('stg_customs__lines') }}
),

repeated as (
    select * from {{ ref('int_customs__lines_repeated') }}
    {% if is_incremental() %}
        where
            customs_line_id in (
                select identified.customs_line_id
                from {{ identified }} as identified
                where identified.built_at = {{ built_at() }}
            )
    {% endif %}
),

{% if is_incremental() %}
    superseded as (
        select * from repeated
        where resolution = 'superseded'
    ),

    -- What stood until now may have been valued at a rate; what is kept here is what was declared.
    held as (
        select
            {{ columns | reject('in', ['value_usd', 'value_basis']) | join(', ') }},
            case when currency is null then value_usd end as value_usd,
            basis_declared as value_basis,
        from {{ standing_until_now }}
        where customs_line_id in (select superseded.customs_line_id from superseded)
        union all by name
        select {{ columns | join(', ') }}
        from {{ this }}
        where customs_line_id in (select superseded.customs_line_id from superseded)
    ),

    -- Rows that neither stand here nor came tonight; hardly ever there are any, and then all files are read.
    elsewhere as (
        select superseded.*
        from superseded
        left join held
            on
                superseded.source_sha256 = held.source_sha256
                and superseded.source_member = held.source_member
                and superseded.source_row = held.source_row
        where held.source_sha256 is null and not {{ is_one_of_files('superseded.source_sha256', touched_files) }}
    ),

    lines as (
        select * from held
        where not {{ is_one_of_files('source_sha256', touched_files) }}
        union all by name
        select {{ columns | join(', ') }}
        from staged
        where {{ is_one_of_files('source_sha256', touched_files) }}
        union all by name
        select staged.{{ columns | join(', staged.') }}
        from staged
        inner join elsewhere
            on
                staged.source_sha256 = elsewhere.source_sha256
                and staged.source_member = elsewhere.source_member
                and staged.source_row = elsewhere.source_row
    ),
{% else %}
    lines as (
        select {{ columns | join(', ') }}
        from staged
    ),
{% endif %}

-- What took its place is the next thing that was said of the line, which need not be the last.
replacements as (
    select
        superseded.source_sha256,
        superseded.source_member,
        superseded.source_row,
        later.observed_on as next_observed_on,
        later.source_sha256 as next_sha256,
        later.source_member as next_member,
        later.source_row as next_row,
    from repeated as superseded
    inner join repeated as later
        on
            superseded.customs_line_id = later.customs_line_id
            and superseded.content_hash <> later.content_hash
            and (superseded.observed_at, superseded.source_sha256, superseded.source_member, superseded.source_row)
            < (later.observed_at, later.source_sha256, later.source_member, later.source_row)
    where superseded.resolution = 'superseded'
    qualify row_number() over (
        partition by superseded.source_sha256, superseded.source_member, superseded.source_row
        order by later.observed_at, later.source_sha256, later.source_member, later.source_row
    ) = 1
),

final as (
    select
        repeated.source_sha256,
        repeated.source_member,
        repeated.source_row,
        repeated.customs_line_id,
        repeated.observed_on as content_known_from,
        replacements.next_observed_on as superseded_on,
        replacements.next_sha256 as superseded_by_sha256,
        replacements.next_member as superseded_by_member,
        replacements.next_row as superseded_by_row,
        lines.reporter_country_code,
        lines.direction,
        lines.declaration_number,
        lines.line_number,
        lines.declared_on,
        lines.procedure_code,
        lines.consignor_name,
        lines.consignee_name,
        lines.manufacturer_name,
        lines.hs_code,
        lines.description,
        lines.quantity,
        lines.quantity_unit_declared,
        lines.value_usd,
        lines.value_basis,
        lines.record_kind,
    from repeated
    inner join lines
        on
            repeated.source_sha256 = lines.source_sha256
            and repeated.source_member = lines.source_member
            and repeated.source_row = lines.source_row
    left join replacements
        on
            repeated.source_sha256 = replacements.source_sha256
            and repeated.source_member = replacements.source_member
            and repeated.source_row = replacements.source_row
    where repeated.resolution = 'superseded'
)

select * from final
