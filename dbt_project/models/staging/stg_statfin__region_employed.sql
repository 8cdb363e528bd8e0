with

newest as (

  {{ newest_rows('115s') }}

)

select
  period,
  area_code,
  occupation_code,
  tyolliset2 as employed,
  {{ reason_of('tyolliset2', 'tyolliset2_symbol') }} as employed_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
