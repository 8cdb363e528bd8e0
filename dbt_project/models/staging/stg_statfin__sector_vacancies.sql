with

newest as (

  {{ newest_rows('12tv') }}

)

select
  period,
  area_code,
  occupation_code,
  employer_sector_code,
  avpaikatlopussa as vacancies,
  {{ reason_of('avpaikatlopussa', 'avpaikatlopussa_symbol') }} as vacancies_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
