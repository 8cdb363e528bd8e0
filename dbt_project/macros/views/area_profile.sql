{# Each area in the newest month: counts, rates, tightness, reach, mismatch between its occupations. #}
{% macro area_profile(language) -%}
with

occupations as (

  select
    area_code,
    count(tension_class) as occupations_classed,
    count(*) filter (tension_class in ('tight', 'very_tight')) as occupations_tight,
  from {{ ref('latest_market') }}
  where occupation_level = 'occ2'
  group by area_code

),

indices as (

  select
    area_code,
    period,
    mismatch,
    mismatch_reason,
    noise_floor,
    noise_floor_reason,
    jackman_roper,
  from {{ ref('fct_mismatch_index') }}
  where partition = 'occ2' and alpha = 0.5 and data_source = 'register'

)

select
  markets.period,
  {{ named('area_level', 'area_level', 'markets', language) }},
  markets.area_code,
  {{ area_name('areas', language) }} as area_name,
  areas.parent_area_code,
  {{ area_name('parents', language) }} as parent_area_name,
  {{ best_count('unemployed', 'markets', language) }},
  {{ best_count('vacancies', 'markets', language) }},
  {{ explained([
    'unemployed_yoy', 'vacancies_yoy', 'labour_force', 'unemployment_rate', 'vacancy_rate_lf'
  ], 'markets', language) }},
  markets.theta_raw,
  markets.theta_lo,
  markets.theta_hi,
  {{ label_of('reason', 'markets.theta_reason', language) }} as theta_reason_name,
  {{ explained(['seekers_per_vacancy'], 'markets', language) }},
  {{ named('tension_class_raw', 'tension_class', 'markets', language) }},
  {{ named('tension_class', 'tension_class', 'markets', language) }},
  {{ label_of('reason', 'markets.tension_class_reason', language) }} as tension_class_reason_name,
  {{ explained([
    'accessibility', 'vacancies_raked', 'coverage_factor', 'x_share_unemployed', 'x_share_vacancies'
  ], 'markets', language) }},
  occupations.occupations_classed,
  occupations.occupations_tight,
  indices.mismatch,
  {{ label_of('reason', "coalesce(indices.mismatch_reason, 'not_applicable')", language) }} as mismatch_reason_name,
  indices.noise_floor,
  {{ label_of('reason', "coalesce(indices.noise_floor_reason, 'not_applicable')", language) }} as noise_floor_reason_name,
  indices.jackman_roper,
  {{ label_of('value_kind', 'markets.value_kind', language) }} as value_kind_name,
  markets.coverage,
  {{ label_of('gate_state', 'markets.gate_state', language) }} as gate_state_name,
  markets.vintage_id,
from {{ ref('latest_market') }} as markets
inner join {{ ref('dim_area') }} as areas using (area_code)
left join {{ ref('dim_area') }} as parents on areas.parent_area_code = parents.area_code
left join occupations using (area_code)
left join indices using (area_code, period)
where markets.occupation_level = 'total'
{%- endmacro %}
