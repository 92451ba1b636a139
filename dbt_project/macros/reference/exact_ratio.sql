{#- numerator / denominator to twelve decimals, rounded half up, as decimal(18, 12). Whole numbers in, so that no float
    comes between: DuckDB divides decimals as floats. Null where the ratio does not fit, or is too small to be told
    from zero. -#}
{% macro exact_ratio(numerator, denominator) -%}
    nullif(
        try_cast(
            cast(
                (2 * cast(1000000000000 as hugeint) * ({{ numerator }}) + ({{ denominator }})) // (2 * ({{ denominator }}))
                as decimal(38, 0)
            ) * cast(0.000000000001 as decimal(12, 12))
            as decimal(18, 12)
        ),
        0
    )
{%- endmacro %}

{#- A decimal of eight places as a whole number of its smallest units. -#}
{% macro smallest_units(amount) -%}
    cast({{ amount }} * 100000000 as hugeint)
{%- endmacro %}
