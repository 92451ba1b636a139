{#- The one status under which a loss counts. The order reproduces the page's own headline; the four
    flags stay beside it. A loss without any flag gets null, which the contract refuses: nothing is guessed. -#}
{% macro status_counted_under() -%}
    case
        when is_destroyed then 'destroyed'
        when is_captured then 'captured'
        when is_abandoned then 'abandoned'
        when is_damaged then 'damaged'
    end
{%- endmacro %}
