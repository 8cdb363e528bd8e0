with

stocks as (

  select
    stocks.*,
    {{ best_value('stocks.unemployed') }} as u,
    {{ best_value('stocks.vacancies') }} as v,
    nested.is_residual or nested.is_aland as is_unranked,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)

),

-- Why a ratio of the two has no value, judged on the point values and on the bounds that enter each end.
judged as (

  select
    *,
    case
      when u is null then unemployed_reason
      when v is null then vacancies_reason
      when u = 0 and v = 0 then 'empty_market'
      when u = 0 then 'no_jobseekers'
      else 'ok'
    end as theta_reason,
    case
      when unemployed_hi is null then unemployed_reason
      when vacancies_lo is null then vacancies_reason
      when unemployed_hi = 0 and vacancies_hi = 0 then 'empty_market'
      when unemployed_hi = 0 then 'no_jobseekers'
      else 'ok'
    end as theta_lo_reason,
    case
      when unemployed_lo is null then unemployed_reason
      when vacancies_hi is null then vacancies_reason
      when unemployed_lo = 0 and vacancies_hi = 0 then 'empty_market'
      when unemployed_lo = 0 then 'no_jobseekers'
      else 'ok'
    end as theta_hi_reason,
    case
      when u is null then unemployed_reason
      when v is null then vacancies_reason
      when u = 0 and v = 0 then 'empty_market'
      when v = 0 then 'no_vacancies'
      else 'ok'
    end as seekers_per_vacancy_reason,
    case
      when is_unranked then 'not_applicable'
      when u is null then unemployed_reason
      when v is null then vacancies_reason
      else 'ok'
    end as log_tightness_rank_reason,
  from stocks

)

select
  period,
  area_code,
  occupation_code,
  area_level,
  occupation_level,
  case when theta_reason = 'ok' then v / u end as theta_raw,
  theta_reason,
  case when theta_lo_reason = 'ok' then vacancies_lo / unemployed_hi end as theta_lo,
  case when theta_hi_reason = 'ok' then vacancies_hi / unemployed_lo end as theta_hi,
  theta_lo_reason,
  theta_hi_reason,
  case when seekers_per_vacancy_reason = 'ok' then u / v end as seekers_per_vacancy,
  seekers_per_vacancy_reason,
  case when log_tightness_rank_reason = 'ok' then ln((v + 0.5) / (u + 0.5)) end::double as log_tightness_rank,
  log_tightness_rank_reason,
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  value_kind,
  theta_reason as reason,
  coverage,
  gate_state,
from judged
