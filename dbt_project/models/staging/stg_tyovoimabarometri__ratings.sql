with

newest as (

  select *
  from {{ source('tyovoimabarometri', 'ratings') }}
  qualify rank() over (
    partition by period, is_forecast
    order by source_updated_at desc, retrieved_at desc, vintage_id desc
  ) = 1

)

select
  period,
  'MK' || region_code as area_code,
  occupation_code,
  is_forecast,
  employed,
  employed_is_censored,
  unemployed,
  unemployed_is_censored,
  vacancies,
  unemployment_rate,
  vacancy_rate,
  slope,
  scale,
  case state when 0 then 'balanced' when 1 then 'surplus' when 2 then 'mismatch' when 3 then 'shortage' end as state,
  state_is_error,
  degree,
  vintage_id,
  source_updated_at,
  retrieved_at,
from newest
