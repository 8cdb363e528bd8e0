{%- set posteriors = [
  'theta_prior', 'shrink_k', 'p_very_loose', 'p_loose', 'p_average', 'p_tight', 'p_very_tight', 'theta_eb', 'theta_eb_lo', 'theta_eb_hi',
  'is_u_small',
] -%}
with

markets as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    stocks.area_level,
    stocks.occupation_level,
    {{ best_value('stocks.unemployed') }} as u,
    stocks.unemployed_lo as u_lo,
    stocks.unemployed_hi as u_hi,
    stocks.unemployed_reason as u_reason,
    {{ best_value('stocks.vacancies') }} as v,
    stocks.vacancies_lo as v_lo,
    stocks.vacancies_hi as v_hi,
    stocks.vacancies_reason as v_reason,
    {% for column in posteriors %}
    posteriors.{{ column }},
    {% endfor %}
    posteriors.shrink_k is not null as has_posterior,
    stocks.area_level = 'country' or nested.is_residual or stocks.occupation_level = 'special' as is_not_shrunk,
    nested.is_residual or nested.is_aland as is_unranked,
    stocks.vintage_id,
    stocks.known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.method_version,
    stocks.value_kind,
    stocks.coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  left join {{ source('matching', 'tightness_posteriors') }} as posteriors
    on
      stocks.period = posteriors.period
      and stocks.area_code = posteriors.area_code
      and stocks.occupation_code = posteriors.occupation_code

)

select
  period,
  area_code,
  occupation_code,
  area_level,
  occupation_level,
  {{ ratio_reason('v', 'u', 'v_lo', 'v_reason', 'u_reason', 'no_jobseekers') }} as theta_reason,
  case when theta_reason = 'ok' then v / u end as theta_raw,
  {{ ratio_reason('v_lo', 'u_hi', 'v_lo', 'v_reason', 'u_reason', 'no_jobseekers') }} as theta_lo_reason,
  case when theta_lo_reason = 'ok' then v_lo / u_hi end as theta_lo,
  {{ ratio_reason('v_hi', 'u_lo', 'v_lo', 'v_reason', 'u_reason', 'no_jobseekers') }} as theta_hi_reason,
  case when theta_hi_reason = 'ok' then v_hi / u_lo end as theta_hi,
  {{ ratio_reason('u', 'v', 'u_lo', 'u_reason', 'v_reason', 'no_vacancies') }} as seekers_per_vacancy_reason,
  case when seekers_per_vacancy_reason = 'ok' then u / v end as seekers_per_vacancy,
  case
    when is_unranked then 'not_applicable'
    when u is null then u_reason
    when v is null then v_reason
    else 'ok'
  end as log_tightness_rank_reason,
  case when log_tightness_rank_reason = 'ok' then ln((v + 0.5) / (u + 0.5)) end::double as log_tightness_rank,
  case
    when has_posterior then 'ok'
    when is_not_shrunk or theta_reason = 'ok' then 'not_applicable'
    else theta_reason
  end as posterior_reason,
  case when has_posterior and theta_eb is null then 'suppressed_source' else posterior_reason end as theta_eb_reason,
  {% for column in posteriors %}
  {{ column }},
  {% endfor %}
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  value_kind,
  theta_reason as reason,
  coverage,
  gate_state,
from markets
