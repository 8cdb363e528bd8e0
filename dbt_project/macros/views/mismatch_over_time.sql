{# The mismatch index at the headline elasticity over time, with the spread over elasticities, the range that withheld counts leave, the noise
   floor, and for the country its seasonally adjusted course. #}
{% macro mismatch_over_time(language) -%}
with

adjusted as (

  select
    partition,
    area_code,
    period,
    'register' as data_source,
    x_sa as mismatch_sa,
    x_trend as mismatch_trend,
    x_sa_reason as mismatch_sa_reason,
  from {{ ref('fct_dynamics') }}
  where measure = 'mismatch'

)

select
  indices.period,
  {{ named('frequency', 'frequency', 'indices', language) }},
  {{ named('area_level', 'area_level', 'areas', language) }},
  indices.area_code,
  {{ area_name('areas', language) }} as area_name,
  {{ named('partition', 'partition', 'indices', language) }},
  {{ named('data_source', 'data_source', 'indices', language) }},
  {{ explained(['mismatch'], 'indices', language) }},
  indices.band_lo,
  indices.band_hi,
  indices.outer_lo,
  indices.outer_hi,
  indices.mismatch_draw_min,
  {{ explained(['mismatch_draw_mean'], 'indices', language) }},
  indices.mismatch_draw_max,
  {{ explained(['noise_floor'], 'indices', language) }},
  indices.mismatch_net,
  adjusted.mismatch_sa,
  adjusted.mismatch_trend,
  {{ label_of('reason', "coalesce(adjusted.mismatch_sa_reason, 'not_applicable')", language) }} as mismatch_sa_reason_name,
  indices.jackman_roper,
  indices.movers,
  {{ explained(['x_share_unemployed', 'x_share_vacancies', 'unlocated_share_vacancies'], 'indices', language) }},
  {{ label_of('value_kind', 'indices.value_kind', language) }} as value_kind_name,
  indices.coverage,
  {{ label_of('gate_state', 'indices.gate_state', language) }} as gate_state_name,
  indices.vintage_id,
from {{ ref('fct_mismatch_index') }} as indices
inner join {{ ref('dim_area') }} as areas using (area_code)
left join adjusted using (partition, area_code, period, data_source)
where indices.alpha = 0.5
{%- endmacro %}
