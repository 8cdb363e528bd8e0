{%- set contents = [
  'region_code', 'occupation_code', 'employed', 'employed_is_censored', 'unemployed', 'unemployed_is_censored', 'vacancies',
  'unemployment_rate', 'vacancy_rate', 'slope', 'scale', 'state', 'state_is_error', 'degree',
] -%}
with

vintages as (

  select
    period,
    is_forecast,
    vintage_id,
    source_updated_at,
    retrieved_at,
    {{ fingerprint(contents) }} as fingerprint,
  from {{ source('tyovoimabarometri', 'ratings') }}
  group by all

),

ranked as (

  select
    *,
    row_number() over newest_first as place,
    first_value(fingerprint) over newest_first as newest_fingerprint,
  from vintages
  window newest_first as (
    partition by period, is_forecast
    order by source_updated_at desc, retrieved_at desc, vintage_id desc
  )

),

-- The unbroken run of vintages, back from the newest, with the same contents.
runs as (

  select
    *,
    bool_and(fingerprint = newest_fingerprint) over (partition by period, is_forecast order by place) as is_unchanged,
  from ranked

),

newest as (

  select
    period,
    is_forecast,
    max(vintage_id) filter (place = 1) as vintage_id,
    min(source_updated_at) filter (is_unchanged) as known_from,
  from runs
  group by period, is_forecast

)

select
  period,
  'MK' || ratings.region_code as area_code,
  ratings.occupation_code,
  is_forecast,
  ratings.employed,
  ratings.employed_is_censored,
  ratings.unemployed,
  ratings.unemployed_is_censored,
  ratings.vacancies,
  ratings.unemployment_rate,
  ratings.vacancy_rate,
  ratings.slope,
  ratings.scale,
  case ratings.state when 0 then 'balanced' when 1 then 'surplus' when 2 then 'mismatch' when 3 then 'shortage' end as state,
  ratings.state_is_error,
  ratings.degree,
  vintage_id,
  ratings.source_updated_at,
  ratings.retrieved_at,
  newest.known_from,
from {{ source('tyovoimabarometri', 'ratings') }} as ratings
inner join newest using (period, is_forecast, vintage_id)
