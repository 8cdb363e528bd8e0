with

newest as (

  select landed.*
  from {{ source('statfin', '12ti') }} as landed
  semi join {{ ref('stg_statfin__vintages') }} using (vintage_id, period)

)

select
  period,
  area_code,
  occupation_code,
  tyottomatlopussa as unemployed,
  {{ reason_of('tyottomatlopussa', 'tyottomatlopussa_symbol') }} as unemployed_reason,
  avpaikatlopussa as vacancies,
  {{ reason_of('avpaikatlopussa', 'avpaikatlopussa_symbol') }} as vacancies_reason,
from newest
