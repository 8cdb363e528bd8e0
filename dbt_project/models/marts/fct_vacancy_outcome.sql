{%- set kinds = {
  'hard_to_fill_share': 'hard_to_fill_vacancies',
  'unoccupied_share': 'unoccupied_vacancies',
  'part_time_share': 'part_time_vacancies',
  'fixed_term_share': 'fixed_term_vacancies',
} -%}
{#- A quarter of a sample survey scatters; its mean over a year is the reading. -#}
{%- set quarters_in_mean = 4 -%}
{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
with

survey as (

  select
    period,
    {%- for share, kind in kinds.items() %}
    case
      when vacancies is null then vacancies_reason
      when vacancies = 0 then 'no_vacancies'
      else {{ kind }}_reason
    end as {{ share }}_reason,
    case when {{ share }}_reason = 'ok' then {{ kind }} / vacancies end as {{ share }},
    {%- endfor %}
    known_from,
  from {{ ref('stg_statfin__survey_vacancy_kinds') }}

),

surveyed as (

  select
    '{{ var("country_code") }}' as area_code,
    {{ total }} as occupation_code,
    'quarter' as frequency,
    survey.period,
    'survey' as data_source,
    'country' as area_level,
    'total' as occupation_level,
    {%- for share in kinds %}
    survey.{{ share }},
    survey.{{ share }}_reason,
    {%- endfor %}
    case
      when survey.hard_to_fill_share_reason != 'ok' then survey.hard_to_fill_share_reason
      when count(survey.hard_to_fill_share) over year_up_to_now < {{ quarters_in_mean }} then 'insufficient_history'
      else 'ok'
    end as hard_to_fill_share_year_mean_reason,
    avg(survey.hard_to_fill_share) over year_up_to_now as year_mean,
    null::double as days_online_median,
    'not_applicable' as days_online_median_reason,
    vintages.vintage_id,
    survey.known_from,
    vintages.division_year,
    'estimated' as value_kind, -- a survey is an estimate by its nature
    survey.hard_to_fill_share_reason as reason,
    'passed' as gate_state,
  from survey
  inner join {{ ref('stg_statfin__vintages') }} as vintages
    on vintages.table_id = '11l1' and survey.period = vintages.period
  window year_up_to_now as (
    order by survey.period
    range between interval {{ 3 * (quarters_in_mean - 1) }} month preceding and current row
  )

),

posted as (

  select
    area_code,
    occupation_code,
    frequency,
    period,
    'postings' as data_source,
    area_level,
    occupation_level,
    {%- for share in kinds %}
    null::double as {{ share }},
    'not_applicable' as {{ share }}_reason,
    {%- endfor %}
    'not_applicable' as hard_to_fill_share_year_mean_reason,
    null::double as year_mean,
    days_online_median,
    days_online_median_reason,
    vintage_id,
    known_from,
    division_year,
    if(days_online_median_reason = 'ok', 'exact', 'interval_only') as value_kind,
    days_online_median_reason as reason,
    gate_state,
  from {{ ref('fct_posting_flow') }}
  where frequency = 'month' and area_level in ('country', 'region')

),

outcomes as (

  select * from surveyed
  union all by name
  select * from posted

)

select
  area_code,
  occupation_code,
  frequency,
  period,
  data_source,
  area_level,
  occupation_level,
  {%- for share in kinds %}
  round({{ share }}, 9) as {{ share }},
  {{ share }}_reason,
  {%- endfor %}
  case when hard_to_fill_share_year_mean_reason = 'ok' then round(year_mean, 9) end as hard_to_fill_share_year_mean,
  hard_to_fill_share_year_mean_reason,
  days_online_median,
  days_online_median_reason,
  null::double as shortage_intensity,
  'not_in_source' as shortage_intensity_reason,
  null::double as fill_ratio,
  'not_in_source' as fill_ratio_reason,
  null::double as open_days,
  'not_in_source' as open_days_reason,
  vintage_id,
  known_from,
  null::timestamp as known_to,
  division_year,
  '{{ var("method_version") }}' as method_version,
  if(reason = 'ok', value_kind, 'interval_only') as value_kind,
  reason,
  if(reason = 'ok', 1, 0)::double as coverage,
  gate_state,
from outcomes
