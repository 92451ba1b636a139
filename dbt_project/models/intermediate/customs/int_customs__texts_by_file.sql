{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='source_sha256') }}

-- Names, countries and units are settled once each, not once a line; and a file is read for them once.
with lines as (
    select * from {{ ref('stg_customs__lines') }}
    {% if is_incremental() %}
        where {{ is_one_of_files('source_sha256', customs_files_not_in(this, ref('int_customs__files_observed'))) }}
    {% endif %}
),

files as (
    select * from {{ ref('int_customs__files_observed') }}
),

{% set texts = [
    ('consignor', 'consignor_name', 'consignor_tax_number'),
    ('consignee', 'consignee_name', 'consignee_tax_number'),
    ('manufacturer', 'manufacturer_name', 'cast(null as varchar)'),
    ('country', 'origin_country', 'cast(null as varchar)'),
    ('country', 'dispatch_country', 'cast(null as varchar)'),
    ('country', 'destination_country', 'cast(null as varchar)'),
    ('quantity_unit', 'quantity_unit', 'cast(null as varchar)'),
    ('currency', 'currency', 'cast(null as varchar)'),
] %}

seen as (
    {% for text_kind, text_column, number_column in texts %}
        select
            source_sha256,
            '{{ text_kind }}' as text_kind,
            {{ text_column }} as text_as_declared,
            {{ number_column }} as tax_number,
            {% if text_kind == 'consignor' %}
                reporter_country_code = 'RU' and direction = 'export' as is_russian_party,
            {% elif text_kind == 'consignee' %}
                reporter_country_code = 'RU' and direction = 'import' as is_russian_party,
            {% else %}
                false as is_russian_party,
            {% endif %}
            count(*) as lines,
        from lines
        where {{ text_column }} is not null or {{ number_column }} is not null
        group by all
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

final as (
    select
        seen.source_sha256,
        files.observed_at,
        seen.text_kind,
        seen.text_as_declared,
        seen.tax_number,
        seen.is_russian_party,
        cast(sum(seen.lines) as bigint) as lines,
    from seen
    inner join files
        on seen.source_sha256 = files.source_sha256
    group by all
)

select * from final
