with

observed as (

  {% for staged in ['area_stocks', 'occupation_stocks', 'survey_vacancies', 'survey_unemployed'] %}
  select
    min(period) as first_period,
    max(period) as last_period,
  from {{ ref('stg_statfin__' ~ staged) }}
  union all
  {% endfor %}
  select
    min(period) as first_period,
    max(period) as last_period,
  from {{ ref('stg_tyovoimabarometri__ratings') }}
  where not is_forecast
  union all
  select
    min(period_month) as first_period,
    max(period_month) as last_period,
  from {{ ref('int_list_posting_periods') }}

),

months as (

  select unnest(generate_series(min(first_period), max(last_period), interval 1 month))::date as period,
  from observed

),

dropped as (

  select distinct period
  from {{ ref('stg_statfin__vintages') }}
  where is_dropped_by_source and table_id in ({{ compared_table_ids() }})

)

select
  period,
  year(period)::integer as year,
  quarter(period)::integer as quarter,
  month(period)::integer as month_number,
  strftime(period, '%YM%m') as month_code,
  year(period) || 'Q' || quarter(period) as quarter_code,
  month(period) in (1, 4, 7, 10) as is_quarter_start,
  dropped.period is not null as is_dropped_by_source,
from months
left join dropped using (period)
order by period
