with

newest as (

  {{ newest_rows('12tn') }}

)

select
  period,
  area_code,
  end_reason_code,
  paattyneettyottjaksot as ended_unemployment_periods,
  {{ reason_of('paattyneettyottjaksot', 'paattyneettyottjaksot_symbol') }} as ended_unemployment_periods_reason,
  known_from,
  known_to,
  is_dropped_by_source,
from newest
