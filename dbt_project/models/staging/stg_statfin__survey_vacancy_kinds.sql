with

newest as (

  {{ newest_rows('11l1') }}

)

select
  period,
  atp_lkm as vacancies,
  {{ reason_of('atp_lkm', 'atp_lkm_symbol') }} as vacancies_reason,
  atp_eihoit as unoccupied_vacancies,
  {{ reason_of('atp_eihoit', 'atp_eihoit_symbol') }} as unoccupied_vacancies_reason,
  atp_osa as part_time_vacancies,
  {{ reason_of('atp_osa', 'atp_osa_symbol') }} as part_time_vacancies_reason,
  atp_maar as fixed_term_vacancies,
  {{ reason_of('atp_maar', 'atp_maar_symbol') }} as fixed_term_vacancies_reason,
  atp_vaik as hard_to_fill_vacancies,
  {{ reason_of('atp_vaik', 'atp_vaik_symbol') }} as hard_to_fill_vacancies_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
