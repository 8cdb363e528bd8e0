with

countries as (

  select
    period,
    vacancies,
    vacancies_reason,
  from {{ ref('stg_statfin__area_stocks') }}
  where area_code = 'SSS'

),

regions as (

  select
    period,
    sum(vacancies) as located,
    bool_and(vacancies_reason = 'ok') as is_visible,
  from {{ ref('int_fill_area_totals') }}
  where area_level = 'region'
  group by all

),

judged as (

  select
    countries.period,
    countries.vacancies,
    regions.located,
    case
      when countries.vacancies_reason != 'ok' then countries.vacancies_reason
      when regions.located is null then 'not_in_source'
      when not regions.is_visible then 'suppressed_source'
      when countries.vacancies = 0 then 'no_denominator'
      else 'ok'
    end as unlocated_share_vacancies_reason,
  from countries
  left join regions using (period)

)

select
  period,
  case when unlocated_share_vacancies_reason = 'ok' then (vacancies - located) / vacancies end as unlocated_share_vacancies,
  unlocated_share_vacancies_reason,
from judged
