with

newest as (

  select landed.*
  from {{ source('statfin', '11n1') }} as landed
  semi join {{ ref('stg_statfin__vintages') }} using (vintage_id, period)

)

select
  period,
  area_code,
  atp_lkm as vacancies,
  {{ reason_of('atp_lkm', 'atp_lkm_symbol') }} as vacancies_reason,
from newest
