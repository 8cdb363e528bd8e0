with

observed as (

  {% for staged in ['area_stocks', 'occupation_stocks', 'survey_vacancies', 'survey_unemployed'] %}
  select
    min(period) as first_period,
    max(period) as last_period,
  from {{ ref('stg_statfin__' ~ staged) }}
  {{ 'union all' if not loop.last }}
  {% endfor %}

),

months as (

  select unnest(generate_series(min(first_period), max(last_period), interval 1 month))::date as period,
  from observed

)

select
  period,
  year(period)::integer as year,
  quarter(period)::integer as quarter,
  month(period)::integer as month_number,
  strftime(period, '%YM%m') as month_code,
  year(period) || 'Q' || quarter(period) as quarter_code,
  month(period) in (1, 4, 7, 10) as is_quarter_start,
from months
order by period
