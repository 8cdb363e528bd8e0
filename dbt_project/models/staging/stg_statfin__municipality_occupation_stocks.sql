with

newest as (

  {{ newest_rows('12ti_municipalities') }}

)

select
  period,
  area_code,
  occupation_code,
  tyottomatlopussa as unemployed,
  {{ reason_of('tyottomatlopussa', 'tyottomatlopussa_symbol') }} as unemployed_reason,
  avpaikatlopussa as vacancies,
  {{ reason_of('avpaikatlopussa', 'avpaikatlopussa_symbol') }} as vacancies_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
