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
