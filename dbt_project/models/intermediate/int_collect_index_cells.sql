with

register_cells as (

  select
    'register' as data_source,
    'month' as frequency,
    area_level as partition,
    period,
    area_code as cell_code,
    unemployed_filled as unemployed,
    {{ lower_bound('unemployed') }}::double as unemployed_lo,
    {{ upper_bound('unemployed') }}::double as unemployed_hi,
    unemployed_reason,
    vacancies_filled as vacancies,
    {{ lower_bound('vacancies') }}::double as vacancies_lo,
    {{ upper_bound('vacancies') }}::double as vacancies_hi,
    vacancies_reason,
  from {{ ref('int_fill_area_totals') }}

),

survey_periods as (

  select period from {{ ref('stg_statfin__survey_vacancies') }}
  intersect
  select period from {{ ref('stg_statfin__survey_unemployed') }}

),

-- The two surveys share the four mainland major regions; Åland is in neither as a number of its own.
survey_cells as (

  select
    'survey' as data_source,
    'quarter' as frequency,
    'major_region' as partition,
    survey_periods.period,
    areas.area_code as cell_code,
    survey_unemployed.unemployed,
    survey_unemployed.unemployed as unemployed_lo,
    survey_unemployed.unemployed as unemployed_hi,
    coalesce(survey_unemployed.unemployed_reason, 'not_in_source') as unemployed_reason,
    survey_vacancies.vacancies::double as vacancies,
    survey_vacancies.vacancies::double as vacancies_lo,
    survey_vacancies.vacancies::double as vacancies_hi,
    coalesce(survey_vacancies.vacancies_reason, 'not_in_source') as vacancies_reason,
  from survey_periods
  inner join {{ ref('int_nest_areas') }} as areas on areas.area_level = 'major_region' and not areas.is_aland
  left join {{ ref('stg_statfin__survey_unemployed') }} as survey_unemployed
    on survey_periods.period = survey_unemployed.period and areas.area_code = survey_unemployed.area_code
  left join {{ ref('stg_statfin__survey_vacancies') }} as survey_vacancies
    on survey_periods.period = survey_vacancies.period and areas.area_code = survey_vacancies.area_code

)

select
  data_source,
  frequency,
  partition,
  period,
  cell_code,
  unemployed,
  unemployed_lo,
  unemployed_hi,
  unemployed_reason,
  vacancies,
  vacancies_lo,
  vacancies_hi,
  vacancies_reason,
from register_cells

union all

select
  data_source,
  frequency,
  partition,
  period,
  cell_code,
  unemployed,
  unemployed_lo,
  unemployed_hi,
  unemployed_reason,
  vacancies,
  vacancies_lo,
  vacancies_hi,
  vacancies_reason,
from survey_cells
