{%- set probabilities = 'p_' ~ tension_classes() | join(', p_') -%}
with

markets as (

  select
    period,
    area_code,
    occupation_code,
    area_level,
    occupation_level,
    theta_raw,
    theta_reason,
    {% for class in tension_classes() %}
    p_{{ class }},
    {% endfor %}
    greatest({{ probabilities }}) as p_largest,
    posterior_reason,
    vintage_id,
    known_from,
    known_to,
    division_year,
    method_version,
    value_kind,
    coverage,
    gate_state,
  from {{ ref('fct_tightness') }}

)

select
  markets.period,
  markets.area_code,
  markets.occupation_code,
  markets.area_level,
  markets.occupation_level,
  raw.tension_class as class_raw,
  markets.theta_reason as class_raw_reason,
  case when markets.p_largest >= {{ class_certainty() }} then {{ most_probable_class('markets.p_largest') }} end as class,
  case when markets.p_largest < {{ class_certainty() }} then 'uncertain' else markets.posterior_reason end as class_reason,
  markets.p_largest as p_class,
  {{ certain_classes() }} as class_set,
  markets.posterior_reason as p_class_reason,
  markets.vintage_id,
  markets.known_from,
  markets.known_to,
  markets.division_year,
  markets.method_version,
  if(markets.posterior_reason = 'ok', 'modelled', markets.value_kind) as value_kind,
  class_reason as reason,
  markets.coverage,
  markets.gate_state,
from markets
asof left join {{ ref('tension_class') }} as raw
  on markets.theta_raw >= raw.theta_from
