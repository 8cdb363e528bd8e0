with

newest as (

  {{ newest_rows('12te') }}

)

select
  period,
  area_code,
  education_level_code,
  labour_market_status_code,
  hakijalopussa as jobseekers,
  {{ reason_of('hakijalopussa', 'hakijalopussa_symbol') }} as jobseekers_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
