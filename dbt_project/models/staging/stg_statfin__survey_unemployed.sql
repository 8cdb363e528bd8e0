with

newest as (

  {{ newest_cells('137i') }}

)

select
  period,
  area_code,
  tyottomat * 1000 as unemployed,
  {{ reason_of('tyottomat', 'tyottomat_symbol') }} as unemployed_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
