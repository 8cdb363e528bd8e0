{# Reason of a number joined from a fact that may have no row for the market. covers: a condition on the market, true where the fact speaks of
   such markets at all; there a missing row is missing data, elsewhere the number has no meaning. #}
{% macro joined_reason(reason, covers) -%}
  coalesce({{ reason }}, if({{ covers }}, 'not_in_source', 'not_applicable'))
{%- endmacro %}
