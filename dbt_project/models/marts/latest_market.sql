{#- The accessibility that maps show. -#}
{%- set half_distance_km = 50 -%}
{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
{#- What fct_vacancy_coverage has by month. -#}
{%- set is_raked = "stocks.occupation_code = " ~ total ~ " and stocks.area_level in ('country', 'major_region', 'region')" -%}
with

-- The newest month that all occupations together and single ones both reach.
newest as (

  select min(period) as period
  from (
    select max(period) as period
    from {{ ref('fct_market_stock') }}
    group by occupation_code = {{ total }}
  )

),

stocks as (

  select
    stocks.*,
    {{ best_value('stocks.unemployed') }} is not null as has_unemployed,
    {{ best_value('stocks.vacancies') }} is not null as has_vacancies,
    stocks.area_level = 'region' and stocks.occupation_level = 'occ4' as is_scored,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('dim_area') }} as areas using (area_code)
  where
    stocks.period = (select period from newest)
    and stocks.occupation_level != 'special'
    -- Finer occupations of employment areas are intervals for the most part: they stand in fct_market_stock alone.
    and not (stocks.area_level = 'employment_area' and stocks.occupation_level in ('occ3', 'occ4'))
    and not areas.is_residual
    and (areas.valid_to is null or areas.valid_to >= stocks.period)

),

growth as (

  select
    area_code,
    occupation_code,
    {%- for measure in ['unemployed', 'vacancies'] %}
    max(yoy) filter (measure = '{{ measure }}') as {{ measure }}_yoy,
    max(yoy_reason) filter (measure = '{{ measure }}') as {{ measure }}_yoy_reason,
    {%- endfor %}
  from {{ ref('fct_dynamics') }}
  where period = (select period from newest) and measure in ('unemployed', 'vacancies')
  group by area_code, occupation_code

),

reached as (

  select
    area_code,
    area_level,
    occupation_code,
    accessibility,
    accessibility_reason,
  from {{ ref('fct_accessibility') }}
  where period = (select period from newest) and half_distance_km = {{ half_distance_km }} and not is_remainder

),

raked as (

  select
    area_code,
    occupation_code,
    coverage_factor,
    coverage_factor_reason,
    vacancies_raked,
    vacancies_raked_reason,
  from {{ ref('fct_vacancy_coverage') }}
  where period = (select period from newest) and frequency = 'month'

),

contributions as (

  select
    cell_area_code as area_code,
    cell_occupation_code as occupation_code,
    contribution,
    direction,
  from {{ ref('fct_mismatch_contribution') }}
  where period = (select period from newest) and partition = 'region_x_occ4' and not is_remainder

)

select
  stocks.period,
  stocks.area_level,
  stocks.area_code,
  stocks.occupation_level,
  stocks.occupation_code,
  {%- for measure in ['unemployed', 'vacancies'] %}
  stocks.{{ measure }},
  stocks.{{ measure }}_lo,
  stocks.{{ measure }}_hi,
  stocks.{{ measure }}_est,
  stocks.{{ measure }}_reason,
  growth.{{ measure }}_yoy,
  case
    when not stocks.has_{{ measure }} then stocks.{{ measure }}_reason
    else coalesce(growth.{{ measure }}_yoy_reason, 'no_denominator') -- no row: the count never reached 20
  end as {{ measure }}_yoy_reason,
  {%- endfor %}
  raked.vacancies_raked,
  {{ joined_reason('raked.vacancies_raked_reason', is_raked) }} as vacancies_raked_reason,
  raked.coverage_factor,
  {{ joined_reason('raked.coverage_factor_reason', is_raked) }} as coverage_factor_reason,
  stocks.labour_force,
  stocks.labour_force_reason,
  stocks.employed,
  stocks.employed_reason,
  stocks.employed_year,
  stocks.x_share_unemployed,
  stocks.x_share_unemployed_reason,
  stocks.x_share_vacancies,
  stocks.x_share_vacancies_reason,
  tightness.theta_raw,
  tightness.theta_lo,
  tightness.theta_hi,
  tightness.theta_reason,
  tightness.theta_eb,
  tightness.theta_eb_lo,
  tightness.theta_eb_hi,
  tightness.theta_eb_reason,
  tightness.is_u_small,
  tightness.seekers_per_vacancy,
  tightness.seekers_per_vacancy_reason,
  classes.class_raw as tension_class_raw,
  classes.class_raw_reason as tension_class_raw_reason,
  classes.class as tension_class,
  classes.class_reason as tension_class_reason,
  classes.p_class,
  classes.p_class_reason,
  classes.class_set,
  rates.unemployment_rate,
  rates.unemployment_rate_reason,
  rates.vacancy_rate_lf,
  rates.vacancy_rate_lf_reason,
  rates.unemployment_rate_occ,
  rates.unemployment_rate_occ_reason,
  rates.vacancy_rate_occ,
  rates.vacancy_rate_occ_reason,
  keha.state_own as keha_state,
  keha.degree_own as keha_degree,
  {{ joined_reason('keha.state_own_reason', "stocks.area_level in ('country', 'region')") }} as keha_state_reason,
  scores.shortage_score,
  scores.shortage_class,
  {{ joined_reason('scores.shortage_score_reason', 'stocks.is_scored') }} as shortage_score_reason,
  scores.shortage_rank,
  scores.rank_lo,
  scores.rank_hi,
  {{ joined_reason('scores.shortage_rank_reason', 'stocks.is_scored') }} as shortage_rank_reason,
  scores.class_stable,
  ratings.four_way_class,
  {{ joined_reason('ratings.four_way_class_reason', 'stocks.is_scored') }} as four_way_class_reason,
  ratings.ratings,
  ratings.shortage_ratings,
  ratings.agreement_share,
  {{ joined_reason('ratings.agreement_share_reason', 'stocks.is_scored') }} as agreement_share_reason,
  reached.accessibility,
  {{ joined_reason('reached.accessibility_reason', "stocks.area_level in ('region', 'employment_area')") }} as accessibility_reason,
  contributions.contribution,
  contributions.direction,
  case
    when contributions.contribution is not null then 'ok'
    when not stocks.is_scored then 'not_applicable'
    when stocks.reason != 'ok' then stocks.reason
    when stocks.unemployed = 0 and stocks.vacancies = 0 then 'empty_market'
    else 'suppressed_secondary'
  end as contribution_reason,
  stocks.vintage_id,
  stocks.known_from,
  stocks.known_to,
  stocks.division_year,
  stocks.method_version,
  stocks.value_kind,
  stocks.reason,
  stocks.coverage,
  tightness.gate_state,
from stocks
inner join {{ ref('fct_tightness') }} as tightness using (period, area_code, occupation_code)
inner join {{ ref('fct_tension_class') }} as classes using (period, area_code, occupation_code)
inner join {{ ref('fct_rate') }} as rates using (period, area_code, occupation_code)
left join {{ ref('fct_keha_rating') }} as keha using (period, area_code, occupation_code)
left join {{ ref('fct_shortage_score') }} as scores using (period, area_code, occupation_code)
left join {{ ref('fct_rating_comparison') }} as ratings using (period, area_code, occupation_code)
left join growth using (area_code, occupation_code)
left join reached
  on
    stocks.area_code = reached.area_code
    and stocks.area_level = reached.area_level
    and stocks.occupation_code = reached.occupation_code
left join raked using (area_code, occupation_code)
left join contributions using (area_code, occupation_code)
order by stocks.area_code, stocks.occupation_code
