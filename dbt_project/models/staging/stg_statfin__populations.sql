with

newest as (

  {{ newest_rows('11ra') }}

)

select
  period,
  area_code,
  vaesto as population,
  {{ reason_of('vaesto', 'vaesto_symbol') }} as population_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
