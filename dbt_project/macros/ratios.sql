{# Why a ratio of two counts has no value. Both counts may be missing, each for a reason of its own, and an empty denominator
   is a market without one side or without both; contract I02 and I03. An empty denominator shows even beside a withheld
   numerator, which is at least numerator_lo. #}
{% macro ratio_reason(numerator, denominator, numerator_lo, numerator_reason, denominator_reason, when_empty) -%}
  case
    when {{ denominator }} = 0 and {{ numerator_lo }} > 0 then '{{ when_empty }}'
    when {{ denominator }} is null then {{ denominator_reason }}
    when {{ numerator }} is null then {{ numerator_reason }}
    when {{ denominator }} = 0 then 'empty_market'
    else 'ok'
  end
{%- endmacro %}
