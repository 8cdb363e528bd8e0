{#- A base below this moves by noise; contract I16. -#}
{%- set smallest_base = 20 -%}
{%- set headline_alpha = 0.5 -%}
{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
{%- set series_key = ['measure', 'partition', 'area_code', 'occupation_code'] -%}
with

counts as (

  {% for measure in ['unemployed', 'vacancies'] %}
  select
    '{{ measure }}' as measure,
    'none' as partition,
    area_code,
    occupation_code,
    period,
    area_level,
    occupation_level,
    if(occupation_code = {{ total }}, '12r5', '12ti') as table_id,
    {{ best_value(measure) }} as x,
    if(x is null, {{ measure }}_reason, 'ok') as x_reason,
    {{ measure }}_kind as x_kind,
    vintage_id,
    known_from,
    known_to,
    division_year,
    method_version,
    {{ measure }}_coverage as coverage,
    gate_state,
  from {{ ref('fct_market_stock') }}
  qualify max(x) over (partition by area_code, occupation_code) >= {{ smallest_base }}
  {{ 'union all' if not loop.last }}
  {% endfor %}

),

indices as (

  select
    'mismatch' as measure,
    partition,
    area_code,
    {{ total }} as occupation_code,
    period,
    'country' as area_level,
    'total' as occupation_level,
    if(contains(partition, 'occ'), '12ti', '12r5') as table_id,
    mismatch as x,
    mismatch_reason as x_reason,
    value_kind as x_kind,
    vintage_id,
    known_from,
    known_to,
    division_year,
    method_version,
    coverage,
    gate_state,
  from {{ ref('fct_mismatch_index') }}
  where alpha = {{ headline_alpha }} and data_source = 'register' and area_code = '{{ var("country_code") }}'

),

-- Only the newest hard break before a month matters.
breaks as (

  select
    measure,
    table_id,
    area_code,
    period as broken_from,
    lead(period, 1, date '9999-12-31') over (partition by measure, table_id, area_code order by period) as broken_until,
  from {{ ref('int_list_series_breaks') }}

),

series as (

  select
    listed.*,
    breaks.broken_from,
  from (
    select * from counts
    union all by name
    select * from indices
  ) as listed
  left join breaks
    on
      listed.measure = breaks.measure
      and listed.table_id = breaks.table_id
      and listed.area_code = breaks.area_code
      and listed.period >= breaks.broken_from
      and listed.period < breaks.broken_until

),

-- A stretch between two breaks is adjusted month by month, or one row says why it is not.
adjusted as (

  select
    series.*,
    seasonal.x_trend as trend,
    seasonal.seasonal_factor as factor,
    coalesce(seasonal.reason, unadjusted.reason) as adjusted_reason,
  from series
  left join {{ source('matching', 'seasonal_components') }} as seasonal
    on
      {% for key in series_key -%}
      series.{{ key }} = seasonal.{{ key }}
      and {% endfor -%}
      series.period = seasonal.period
      and seasonal.reason = 'ok'
  left join {{ source('matching', 'seasonal_components') }} as unadjusted
    on
      {% for key in series_key -%}
      series.{{ key }} = unadjusted.{{ key }}
      and {% endfor -%}
      series.broken_from is not distinct from unadjusted.segment_from
      and unadjusted.reason != 'ok'

),

compared as (

  select
    adjusted.*,
    year_ago.x as year_ago_x,
    year_ago.x_kind as year_ago_kind,
    if(adjusted.measure = 'mismatch', 11, 6) as decimals,
    case
      when adjusted.x_reason != 'ok' then adjusted.x_reason
      when adjusted.broken_from > adjusted.period - interval 12 month then 'not_applicable'
      when year_ago.period is null then 'insufficient_history'
      when year_ago.x is null then year_ago.x_reason
      when year_ago.x < if(adjusted.measure = 'mismatch', 0, {{ smallest_base }}) or year_ago.x = 0 then 'no_denominator'
      else 'ok'
    end as yoy_reason,
    case
      when adjusted.x_reason != 'ok' then adjusted.x_reason
      else coalesce(adjusted.adjusted_reason, 'not_applicable')
    end as x_sa_reason,
  from adjusted
  left join series as year_ago
    on
      {% for key in series_key -%}
      adjusted.{{ key }} = year_ago.{{ key }}
      and {% endfor -%}
      year_ago.period = (adjusted.period - interval 12 month)::date

),

-- New vacancies are given for all occupations together.
flows as (

  select
    compared.measure,
    compared.area_code,
    compared.occupation_code,
    compared.period,
    details.vacancies_new,
    details.vacancies_new_reason,
    case
      when details.vacancies_new is null then details.vacancies_new_reason
      when compared.x is null then compared.x_reason
      when compared.x = 0 then 'no_vacancies'
      else 'ok'
    end as vacancy_inflow_share_reason,
    (details.vacancies_new - (compared.x - month_ago.x)) / nullif(month_ago.x, 0) as leaving_share,
    case
      when details.vacancies_new is null then details.vacancies_new_reason
      when compared.x is null then compared.x_reason
      when compared.broken_from = compared.period then 'not_applicable'
      when month_ago.period is null then 'insufficient_history'
      when month_ago.x is null then month_ago.x_reason
      when month_ago.x = 0 then 'no_vacancies'
      when leaving_share < 0 then 'undefined'
      else 'ok'
    end as churn_reason,
  from compared
  inner join {{ ref('int_sum_area_details') }} as details using (period, area_code)
  left join counts as month_ago
    on
      month_ago.measure = compared.measure
      and month_ago.area_code = compared.area_code
      and month_ago.occupation_code = compared.occupation_code
      and month_ago.period = (compared.period - interval 1 month)::date
  where compared.measure = 'vacancies' and compared.occupation_code = {{ total }}

)

select
  compared.measure,
  compared.partition,
  compared.area_code,
  compared.occupation_code,
  compared.period,
  compared.area_level,
  compared.occupation_level,
  compared.x,
  case when compared.yoy_reason = 'ok' then round(compared.x / compared.year_ago_x - 1, 9) + 0.0 end as yoy,
  compared.yoy_reason,
  case when compared.x_sa_reason = 'ok' then compared.x / round(compared.factor, 11) end as x_sa,
  compared.x_sa_reason,
  case when compared.x_sa_reason = 'ok' then round(compared.trend, compared.decimals) end as x_trend,
  case when compared.x_sa_reason = 'ok' then round(compared.factor, 11) end as seasonal_factor,
  flows.vacancies_new,
  coalesce(flows.vacancies_new_reason, if(compared.measure = 'vacancies', 'not_in_source', 'not_applicable')) as vacancies_new_reason,
  case when flows.vacancy_inflow_share_reason = 'ok' then round(flows.vacancies_new / compared.x, 9) end as vacancy_inflow_share,
  coalesce(
    flows.vacancy_inflow_share_reason, if(compared.measure = 'vacancies', 'not_in_source', 'not_applicable')
  ) as vacancy_inflow_share_reason,
  case when flows.churn_reason = 'ok' then round(flows.leaving_share, 9) + 0.0 end as churn,
  coalesce(flows.churn_reason, if(compared.measure = 'vacancies', 'not_in_source', 'not_applicable')) as churn_reason,
  compared.vintage_id,
  compared.known_from,
  compared.known_to,
  compared.division_year,
  compared.method_version,
  if(
    compared.yoy_reason = 'ok', {{ weaker_kind('compared.x_kind', 'compared.year_ago_kind') }}, compared.x_kind
  ) as value_kind,
  compared.x_reason as reason,
  compared.coverage,
  compared.gate_state,
from compared
left join flows
  on
    compared.measure = flows.measure
    and compared.area_code = flows.area_code
    and compared.occupation_code = flows.occupation_code
    and compared.period = flows.period
