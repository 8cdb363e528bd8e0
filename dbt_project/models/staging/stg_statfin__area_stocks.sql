with

newest as (

  select landed.*
  from {{ source('statfin', '12r5') }} as landed
  semi join {{ ref('stg_statfin__vintages') }} using (vintage_id, period)

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
from newest
