with

newest as (

  {{ newest_rows('12tu') }}

)

select
  period,
  area_code,
  occupation_code,
  hakijayht as jobseekers_in_month,
  {{ reason_of('hakijayht', 'hakijayht_symbol') }} as jobseekers_in_month_reason,
  avpaikatyht as vacancies_in_month,
  {{ reason_of('avpaikatyht', 'avpaikatyht_symbol') }} as vacancies_in_month_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
