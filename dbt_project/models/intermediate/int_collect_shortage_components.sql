with

cells as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    nested.is_aland,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.vacancies,
    stocks.vacancies_reason,
    stocks.vintage_id,
    stocks.known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where stocks.area_level = 'region' and stocks.occupation_level = 'occ4' and not nested.is_residual

),

{%- for measure in ['unemployed', 'vacancies'] %}
{{ measure }}_changes as (

  select
    period,
    area_code,
    occupation_code,
    yoy,
    yoy_reason,
  from {{ ref('fct_dynamics') }}
  where measure = '{{ measure }}' and area_level = 'region' and occupation_level = 'occ4'

),

{% endfor -%}
postings as (

  select
    period,
    area_code,
    occupation_code,
    days_online_median as days_online,
    days_online_median_reason as days_online_reason,
  from {{ ref('fct_posting_flow') }}
  where frequency = 'month' and is_complete and area_level = 'region' and occupation_level = 'occ4'

)

select
  cells.period,
  cells.area_code,
  cells.occupation_code,
  cells.is_aland,
  cells.unemployed,
  cells.unemployed_reason,
  cells.vacancies,
  cells.vacancies_reason,
  tightness.theta_eb,
  coalesce(tightness.theta_eb_reason, 'not_in_source') as theta_eb_reason,
  rates.unemployment_rate_occ,
  coalesce(rates.unemployment_rate_occ_reason, 'not_in_source') as unemployment_rate_occ_reason,
  rates.vacancy_rate_occ,
  coalesce(rates.vacancy_rate_occ_reason, 'not_in_source') as vacancy_rate_occ_reason,
  {%- for measure in ['vacancies', 'unemployed'] %}
  {{ measure }}_changes.yoy as {{ measure }}_yoy,
  -- A series that is nowhere large enough for a change has no row.
  coalesce(
    {{ measure }}_changes.yoy_reason, if(cells.{{ measure }} is null, cells.{{ measure }}_reason, 'no_denominator')
  ) as {{ measure }}_yoy_reason,
  {%- endfor %}
  postings.days_online,
  coalesce(postings.days_online_reason, 'not_in_source') as days_online_reason,
  cells.vintage_id,
  greatest(cells.known_from, rates.known_from) as known_from,
  cells.known_to,
  cells.division_year,
  cells.coverage,
  cells.gate_state,
from cells
left join vacancies_changes using (period, area_code, occupation_code)
left join unemployed_changes using (period, area_code, occupation_code)
left join {{ ref('fct_tightness') }} as tightness using (period, area_code, occupation_code)
left join {{ ref('fct_rate') }} as rates using (period, area_code, occupation_code)
left join postings using (period, area_code, occupation_code)
