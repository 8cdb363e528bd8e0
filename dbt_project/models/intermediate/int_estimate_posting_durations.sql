{#- Median days online by Kaplan and Meier: of the postings opened in a period, those still open on the day of the pull are censored
    there. A closing on a day counts before a censoring on it, as the estimator has it. -#}
with

opened as (

  select
    area_code,
    occupation_code,
    frequencies.frequency,
    if(frequencies.frequency = 'day', opened_date, date_trunc('month', opened_date)::date) as period,
    opened_date,
    closed_date,
    postings,
  from {{ ref('int_spread_posting_cohorts') }}
  cross join (select unnest(['day', 'month']) as frequency) as frequencies

),

durations as (

  select
    opened.area_code,
    opened.occupation_code,
    opened.frequency,
    opened.period,
    coalesce(opened.closed_date, periods.as_of_date) - opened.opened_date as days_online,
    {{ settled_sum('opened.postings') }} as leaving,
    {{ settled_sum('if(opened.closed_date is not null, opened.postings, 0)') }} as closing,
  from opened
  inner join {{ ref('int_list_posting_periods') }} as periods
    on
      opened.frequency = periods.frequency
      and opened.period = periods.period
      and opened.opened_date >= periods.first_day
  semi join {{ ref('int_count_posting_flows') }} as flows
    on
      opened.area_code = flows.area_code
      and opened.occupation_code = flows.occupation_code
      and opened.frequency = flows.frequency
      and opened.period = flows.period
      and {{ settled_count('flows.postings_new') }} >= {{ var('fewest_postings_in_median') }}
  group by all

),

at_risk as (

  select
    *,
    {{ settled_count('sum(leaving) over (longest_first)') }} as staying,
    {{ settled_count('sum(leaving) over (whole_period)') }} as postings,
  from durations
  window
    whole_period as (partition by area_code, occupation_code, frequency, period),
    longest_first as (partition by area_code, occupation_code, frequency, period order by days_online desc)

),

surviving as (

  select
    area_code,
    occupation_code,
    frequency,
    period,
    days_online,
    postings,
    round(product(1 - closing / staying) over (shortest_first), 9) as still_online,
  from at_risk
  window shortest_first as (partition by area_code, occupation_code, frequency, period order by days_online)

)

select
  area_code,
  occupation_code,
  frequency,
  period,
  postings,
  min(days_online) filter (still_online <= 0.5)::double as days_online_median,
from surviving
group by all
