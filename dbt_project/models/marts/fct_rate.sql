with

stocks as (

  select
    *,
    {{ best_value('unemployed') }} as u,
    {{ best_value('vacancies') }} as v,
    labour_force as l,
  from {{ ref('fct_market_stock') }}
  where occupation_code = '{{ var("total_occupation_code") }}'

),

published as (

  select
    period,
    area_code,
    unemployment_rate_published,
    unemployment_rate_published_reason,
  from {{ ref('stg_statfin__area_stocks') }}

),

judged as (

  select
    stocks.*,
    published.unemployment_rate_published,
    coalesce(published.unemployment_rate_published_reason, 'not_in_source') as unemployment_rate_published_reason,
    coalesce(l, 0) > 0 as has_unemployment_denominator,
    coalesce(l >= unemployed_hi and vacancies_lo + l > unemployed_hi, false) as has_vacancy_denominator,
  from stocks
  left join published using (period, area_code)

),

reasoned as (

  select
    *,
    case
      when not has_unemployment_denominator then 'no_denominator'
      when u is null then unemployed_reason
      else 'ok'
    end as unemployment_rate_reason,
    case
      when l is not null and (u is null or v is null) then if(u is null, unemployed_reason, vacancies_reason)
      when not has_vacancy_denominator then 'no_denominator'
      else 'ok'
    end as vacancy_rate_lf_reason,
  from judged

)

select
  period,
  area_code,
  area_level,
  case when unemployment_rate_reason = 'ok' then u / l end as unemployment_rate,
  case when has_unemployment_denominator then unemployed_lo / l end as unemployment_rate_lo,
  case when has_unemployment_denominator then unemployed_hi / l end as unemployment_rate_hi,
  unemployment_rate_reason,
  case when vacancy_rate_lf_reason = 'ok' then v / (v + l - u) end as vacancy_rate_lf,
  case when has_vacancy_denominator then vacancies_lo / (vacancies_lo + l - unemployed_lo) end as vacancy_rate_lf_lo,
  case when has_vacancy_denominator then vacancies_hi / (vacancies_hi + l - unemployed_hi) end as vacancy_rate_lf_hi,
  vacancy_rate_lf_reason,
  unemployment_rate_published,
  unemployment_rate_published_reason,
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  value_kind,
  unemployment_rate_reason as reason,
  coverage,
  gate_state,
from reasoned
