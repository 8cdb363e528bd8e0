with

bounds as (

  select
    max(covered_from) as covered_from,
    max(as_of_date) as as_of_date,
  from {{ ref('stg_tyomarkkinatori__posting_cohorts') }}

),

days as (

  select
    unnest(generate_series(covered_from, as_of_date, interval 1 day))::date as day,
    covered_from,
    as_of_date,
  from bounds
  where covered_from is not null

)

select
  'day' as frequency,
  day as period,
  date_trunc('month', day)::date as period_month,
  day as first_day,
  day as last_day,
  day < as_of_date as is_complete,
  as_of_date,
from days

union all

select
  'month' as frequency,
  date_trunc('month', day)::date as period,
  date_trunc('month', day)::date as period_month,
  min(day) as first_day,
  max(day) as last_day,
  min(day) = date_trunc('month', day)::date and date_trunc('month', day)::date + interval 1 month <= as_of_date as is_complete,
  as_of_date,
from days
group by date_trunc('month', day)::date, as_of_date
