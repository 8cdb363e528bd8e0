{# Codes that lead to a municipality which itself has a successor: the chain was cut short, or runs in a circle. The model has
   current_area_code. #}
{% test successors_are_stable(model) %}
  select distinct codes.current_area_code
  from {{ model }} as codes
  inner join {{ ref('municipality_successor') }} as successors
    on codes.current_area_code = 'KU' || successors.former_municipality_code
{% endtest %}
