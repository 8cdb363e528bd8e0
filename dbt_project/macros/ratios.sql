{# Why a ratio of two counts has no value. Both counts may be missing, each for a reason of its own, and an empty denominator
   is a market without one side or without both; contract I02 and I03. #}
{% macro ratio_reason(numerator, denominator, numerator_reason, denominator_reason, when_empty) -%}
  case
    when {{ denominator }} is null then {{ denominator_reason }}
    when {{ numerator }} is null then {{ numerator_reason }}
    when {{ denominator }} = 0 and {{ numerator }} = 0 then 'empty_market'
    when {{ denominator }} = 0 then '{{ when_empty }}'
    else 'ok'
  end
{%- endmacro %}
