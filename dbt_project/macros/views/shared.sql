{# What the views for BI share. A view of a topic is one macro with the language as its argument: the same columns in every language, names and
   labels in that language. A view reads tables of the mart only. #}

{# A code in words. code_set: set of dim_label. A code that has no label gives NULL, which the tests refuse. #}
{% macro label_of(code_set, code, language) -%}
  (
    select labels.label_{{ language }}
    from {{ ref('dim_label') }} as labels
    where labels.label_set = '{{ code_set }}' and labels.code = {{ code }}
  )
{%- endmacro %}

{# Name of an area; where it has none in the language, the Finnish one, and else its code. #}
{% macro area_name(areas, language) -%}
  coalesce({{ areas }}.area_name_{{ language }}, {{ areas }}.area_name_fi, {{ areas }}.area_code)
{%- endmacro %}

{% macro occupation_name(occupations, language) -%}
  coalesce({{ occupations }}.occupation_name_{{ language }}, {{ occupations }}.occupation_name_fi, {{ occupations }}.occupation_code)
{%- endmacro %}

{# A count with its estimate where it is a sum, and in words why it is not there. #}
{% macro best_count(measure, table, language) -%}
  coalesce({{ table }}.{{ measure }}, {{ table }}.{{ measure }}_est)::double as {{ measure }},
  {%- set best_reason -%}
    if({{ table }}.{{ measure }} is null and {{ table }}.{{ measure }}_est is not null, 'ok', {{ table }}.{{ measure }}_reason)
  {%- endset %}
  {{ label_of('reason', best_reason, language) }} as {{ measure }}_reason_name
{%- endmacro %}

{# Numbers with, in words, why they are not there. #}
{% macro explained(values, table, language) -%}
  {%- for value in values %}
  {{ table }}.{{ value }},
  {{ label_of('reason', table ~ '.' ~ value ~ '_reason', language) }} as {{ value }}_reason_name
  {{- ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{# A code and the same in words. code_set: set of dim_label. #}
{% macro named(code, code_set, table, language) -%}
  {{ table }}.{{ code }},
  {{ label_of(code_set, table ~ '.' ~ code, language) }} as {{ code }}_name
{%- endmacro %}
