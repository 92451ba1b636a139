{#- An amount (decimal(18, 4)) in US dollars at a rate of int_exchange_rates__usd (decimal(18, 12)), to four decimals;
    null without a rate, and where it does not fit. The wide type is needed: DuckDB multiplies decimals of 18 digits in
    18 digits, and fails at an amount of a few hundred. -#}
{% macro in_usd(amount, fx_rate) -%}
    try_cast(cast({{ amount }} as decimal(38, 4)) * {{ fx_rate }} as decimal(18, 4))
{%- endmacro %}
