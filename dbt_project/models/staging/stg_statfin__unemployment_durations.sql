with

newest as (

  {{ newest_rows('12ta') }}

)

select
  period,
  area_code,
  unemployment_duration_code,
  tyottomatlopussa as unemployed,
  {{ reason_of('tyottomatlopussa', 'tyottomatlopussa_symbol') }} as unemployed_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
