with

newest as (

  {{ newest_cells('11n1') }}

)

select
  period,
  area_code,
  atp_lkm as vacancies,
  {{ reason_of('atp_lkm', 'atp_lkm_symbol') }} as vacancies_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
