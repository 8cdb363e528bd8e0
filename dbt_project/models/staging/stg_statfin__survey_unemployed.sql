with

newest as (

  select landed.*
  from {{ source('statfin', '137i') }} as landed
  semi join {{ ref('stg_statfin__vintages') }} using (vintage_id, period)

)

select
  period,
  area_code,
  tyottomat * 1000 as unemployed,
  {{ reason_of('tyottomat', 'tyottomat_symbol') }} as unemployed_reason,
from newest
