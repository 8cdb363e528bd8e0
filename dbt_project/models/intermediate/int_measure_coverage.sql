{%- set quarters = 4 -%}
with

-- The survey of a quarter is taken on the first day of its last month: the register is read at the end of the month before.
regions as (

  select
    date_trunc('quarter', stocks.period)::date as period,
    nested.major_region_code,
    stocks.vacancies,
    stocks.vacancies_reason,
  from {{ ref('int_fill_area_totals') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where stocks.area_level = 'region' and month(stocks.period) in (2, 5, 8, 11)

),

register as (

  select
    period,
    coalesce(major_region_code, '{{ var("country_code") }}') as area_code,
    sum(vacancies) as vacancies_register,
    bool_and(vacancies_reason = 'ok') as is_visible,
  from regions
  group by grouping sets ((period, major_region_code), (period))

),

surveyed as (

  select
    period,
    area_code,
    vacancies as vacancies_survey,
    known_from,
  from {{ ref('stg_statfin__survey_vacancies') }}
  where vacancies_reason = 'ok'

),

-- A sum of quarters needs each of them, one after the other.
summed as (

  select
    register.period,
    register.area_code,
    register.vacancies_register,
    surveyed.vacancies_survey,
    if(
      count(*) filter (register.is_visible and surveyed.vacancies_survey is not null) over last_quarters = {{ quarters }},
      sum(register.vacancies_register) over last_quarters,
      null
    )::bigint as vacancies_register_sum,
    if(
      count(*) filter (register.is_visible and surveyed.vacancies_survey is not null) over last_quarters = {{ quarters }},
      sum(surveyed.vacancies_survey) over last_quarters,
      null
    )::bigint as vacancies_survey_sum,
    max(surveyed.known_from) over last_quarters as known_from,
  from register
  left join surveyed
    on register.period = surveyed.period and register.area_code = surveyed.area_code
  window last_quarters as (
    partition by register.area_code
    order by register.period
    range between interval {{ 3 * (quarters - 1) }} months preceding and current row
  )

),

factors as (

  select
    *,
    case when vacancies_survey_sum > 0 then vacancies_register_sum / vacancies_survey_sum end as factor,
  from summed

)

select
  factors.period,
  factors.area_code,
  factors.vacancies_register::bigint as vacancies_register,
  factors.vacancies_survey::bigint as vacancies_survey,
  factors.vacancies_register_sum,
  factors.vacancies_survey_sum,
  factors.factor,
  factors.factor - before.factor as factor_step,
  factors.known_from,
from factors
left join factors as before
  on factors.area_code = before.area_code and factors.period = before.period + interval 3 months
