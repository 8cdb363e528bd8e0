{#- Openings and closings in each period and what is open at its end. What happened before the data are complete is one opening
    balance. Days go down to two digits, for employment areas to the total. -#}
with

bounds as (

  select min(first_day) as covered_from
  from {{ ref('int_list_posting_periods') }}

),

movements as (

  select
    area_code,
    area_level,
    occupation_code,
    occupation_level,
    opened_date as day,
    postings as postings_new,
    positions as positions_new,
    0.0 as postings_closed,
    0.0 as positions_closed,
    if(is_permanent, postings, 0) as permanent,
    if(is_permanent is not null, postings, 0) as permanent_answered,
    if(is_full_time, postings, 0) as full_time,
    if(is_full_time is not null, postings, 0) as full_time_answered,
    if(is_permanent and is_full_time, postings, 0) as permanent_full_time,
    if(is_permanent is not null and is_full_time is not null, postings, 0) as permanent_full_time_answered,
  from {{ ref('int_spread_posting_cohorts') }}

  union all by name

  select
    area_code,
    area_level,
    occupation_code,
    occupation_level,
    closed_date as day,
    postings as postings_closed,
    positions as positions_closed,
  from {{ ref('int_spread_posting_cohorts') }}
  where closed_date is not null

),

{%- set flows = [
  'postings_new', 'positions_new', 'postings_closed', 'positions_closed', 'permanent', 'permanent_answered', 'full_time',
  'full_time_answered', 'permanent_full_time', 'permanent_full_time_answered',
] %}

by_day as (

  select
    movements.area_code,
    movements.area_level,
    movements.occupation_code,
    movements.occupation_level,
    -- NULL = before the data are complete.
    if(movements.day >= bounds.covered_from, movements.day, null) as day,
    {% for flow in flows %}
    {{ settled_sum('movements.' ~ flow) }} as {{ flow }},
    {% endfor %}
  from movements
  cross join bounds
  group by all

),

cells as (

  select
    area_code,
    area_level,
    occupation_code,
    occupation_level,
    occupation_level = 'total' or (area_level != 'employment_area' and occupation_level in ('occ1', 'occ2', 'bucket')) as has_days,
    sum(postings_new - postings_closed) filter (day is null) as opening_postings,
    sum(positions_new - positions_closed) filter (day is null) as opening_positions,
  from by_day
  group by all

),

panel as (

  select
    cells.area_code,
    cells.area_level,
    cells.occupation_code,
    cells.occupation_level,
    coalesce(cells.opening_postings, 0) as opening_postings,
    coalesce(cells.opening_positions, 0) as opening_positions,
    periods.frequency,
    periods.period,
    periods.period_month,
    periods.is_complete,
  from cells
  inner join {{ ref('int_list_posting_periods') }} as periods
    on periods.frequency = 'month' or cells.has_days

),

by_period as (

  select
    area_code,
    occupation_code,
    'day' as frequency,
    day as period,
    {% for flow in flows %}
    {{ flow }},
    {% endfor %}
  from by_day
  where day is not null

  union all

  select
    area_code,
    occupation_code,
    'month' as frequency,
    date_trunc('month', day)::date as period,
    {% for flow in flows %}
    {{ settled_sum(flow) }} as {{ flow }},
    {% endfor %}
  from by_day
  where day is not null
  group by all

),

counted as (

  select
    panel.area_code,
    panel.occupation_code,
    panel.frequency,
    panel.period,
    panel.period_month,
    panel.area_level,
    panel.occupation_level,
    panel.is_complete,
    {% for flow in flows %}
    coalesce(by_period.{{ flow }}, 0) as {{ flow }},
    {% endfor %}
    {% for unit in ['postings', 'positions'] %}
    {{ settled_count(
      "panel.opening_" ~ unit ~ " + sum(coalesce(by_period." ~ unit ~ "_new, 0) - coalesce(by_period." ~ unit ~ "_closed, 0)) over series"
    ) }} as {{ unit }}_open,
    {% endfor %}
  from panel
  left join by_period
    on
      panel.area_code = by_period.area_code
      and panel.occupation_code = by_period.occupation_code
      and panel.frequency = by_period.frequency
      and panel.period = by_period.period
  window series as (
    partition by panel.area_code, panel.occupation_code, panel.frequency
    order by panel.period
  )

)

select
  area_code,
  occupation_code,
  frequency,
  period,
  period_month,
  area_level,
  occupation_level,
  is_complete,
  {% for flow in flows %}
  {{ flow }},
  {% endfor %}
  postings_open,
  positions_open,
from counted
where postings_new > 0 or postings_closed > 0 or postings_open > 0
