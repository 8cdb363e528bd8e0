{# Placements across areas with names, and in every row the assumptions that they rest on. #}
{% macro placement(language) -%}
select
  moves.period,
  {{ named('area_level', 'area_level', 'moves', language) }},
  {{ named('occupation_level', 'occupation_level', 'moves', language) }},
  moves.occupation_code,
  {{ occupation_name('occupations', language) }} as occupation_name,
  {{ named('variant', 'placement_variant', 'moves', language) }},
  {%- for end in ['from', 'to'] %}
  moves.{{ end }}_area_code,
  coalesce(
    {{ end }}_areas.area_name_{{ language }},
    {{ end }}_areas.area_name_fi,
    {{ label_of('placement_area', 'moves.' ~ end ~ '_area_code', language) }},
    moves.{{ end }}_area_code
  ) as {{ end }}_area_name,
  {%- endfor %}
  moves.persons,
  moves.distance_km,
  moves.person_km,
  {{ label_of('reason', 'moves.reason', language) }} as reason_name,
  {{ label_of('value_kind', 'moves.value_kind', language) }} as value_kind_name,
  moves.coverage,
  {{ label_of('gate_state', 'moves.gate_state', language) }} as gate_state_name,
  {{ label_of('assumption', "'placement'", language) }} as assumptions,
  moves.vintage_id,
from {{ ref('fct_cross_region_placement') }} as moves
inner join {{ ref('dim_occupation') }} as occupations using (occupation_code)
left join {{ ref('dim_area') }} as from_areas on moves.from_area_code = from_areas.area_code
left join {{ ref('dim_area') }} as to_areas on moves.to_area_code = to_areas.area_code
{%- endmacro %}
