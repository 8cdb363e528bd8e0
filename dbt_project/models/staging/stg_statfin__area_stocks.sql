with

newest as (

  {{ newest_cells('12r5') }}

)

select
  period,
  area_code,
  tyottomatlopussa as unemployed,
  {{ reason_of('tyottomatlopussa', 'tyottomatlopussa_symbol') }} as unemployed_reason,
  avpaikatlopussa as vacancies,
  {{ reason_of('avpaikatlopussa', 'avpaikatlopussa_symbol') }} as vacancies_reason,
  tyovoimatk as labour_force,
  {{ reason_of('tyovoimatk', 'tyovoimatk_symbol') }} as labour_force_reason,
  round(tyotosuus / 100, 3) as unemployment_rate_published,
  {{ reason_of('tyotosuus', 'tyotosuus_symbol') }} as unemployment_rate_published_reason,
  uudetavp as vacancies_new,
  {{ reason_of('uudetavp', 'uudetavp_symbol') }} as vacancies_new_reason,
  pitkaaikaistyottomat as long_term_unemployed,
  {{ reason_of('pitkaaikaistyottomat', 'pitkaaikaistyottomat_symbol') }} as long_term_unemployed_reason,
  lomautettu as laid_off,
  {{ reason_of('lomautettu', 'lomautettu_symbol') }} as laid_off_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
