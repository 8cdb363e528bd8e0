with

newest as (

  {{ newest_rows('12tw') }}

)

select
  period,
  area_code,
  industry_code,
  avpaikatlopussa as vacancies,
  {{ reason_of('avpaikatlopussa', 'avpaikatlopussa_symbol') }} as vacancies_reason,
  atpavgjatkestot as mean_vacancy_age_days,
  {{ reason_of('atpavgjatkestot', 'atpavgjatkestot_symbol') }} as mean_vacancy_age_days_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
