{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
with

-- The register at the end of February, May, August and November stands against the survey of its quarter.
regions as (

  select
    stocks.period as register_month,
    date_trunc('quarter', stocks.period)::date as survey_period,
    month(stocks.period) in (2, 5, 8, 11) as is_survey_month,
    stocks.area_code,
    nested.major_region_code,
    stocks.occupation_code,
    stocks.occupation_level,
    {{ best_value('stocks.vacancies') }}::double as vacancies_register,
    stocks.vacancies_lo,
    stocks.vacancies_hi,
    stocks.vacancies_reason,
    stocks.vacancies_kind,
    stocks.vacancies_coverage,
    stocks.vintage_id,
    stocks.known_from,
    stocks.division_year,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where
    stocks.area_level = 'region'
    and not nested.is_residual
    and stocks.occupation_level in ('total', 'occ1', 'occ2', 'occ3', 'occ4')
    and stocks.period >= (select min(period) from {{ ref('stg_statfin__survey_vacancies') }})

),

-- Sums of regions: what has no place in any is in none, in the country neither.
summed as (

  select
    register_month,
    survey_period,
    is_survey_month,
    coalesce(major_region_code, '{{ var("country_code") }}') as area_code,
    if(major_region_code is null, 'country', 'major_region') as area_level,
    coalesce(major_region_code, '{{ var("country_code") }}') as factor_area_code,
    {{ total }} as occupation_code,
    'total' as occupation_level,
    case when bool_and(vacancies_register is not null) then sum(vacancies_register order by area_code) end as vacancies_register,
    case when count(*) = count(vacancies_lo) then sum(vacancies_lo) end::bigint as vacancies_lo,
    case when count(*) = count(vacancies_hi) then sum(vacancies_hi) end::bigint as vacancies_hi,
    case
      when bool_or(vacancies_reason = 'not_in_source') then 'not_in_source'
      when bool_and(vacancies_register is not null) then 'ok'
      else 'suppressed_source'
    end as vacancies_reason,
    if(bool_and(vacancies_kind = 'exact'), 1, coalesce(sum(vacancies_register order by area_code), 0) / sum(vacancies_hi))::double
      as vacancies_coverage,
    any_value(vintage_id) as vintage_id,
    max(known_from) as known_from,
    max(division_year) as division_year,
  from regions
  where occupation_code = {{ total }}
  group by grouping sets (
    (register_month, survey_period, is_survey_month, major_region_code),
    (register_month, survey_period, is_survey_month)
  )

),

markets as (

  select
    register_month,
    survey_period,
    is_survey_month,
    area_code,
    area_level,
    factor_area_code,
    occupation_code,
    occupation_level,
    vacancies_register,
    vacancies_lo,
    vacancies_hi,
    vacancies_reason,
    vacancies_coverage,
    vintage_id,
    known_from,
    division_year,
  from summed

  union all

  select
    register_month,
    survey_period,
    is_survey_month,
    area_code,
    'region' as area_level,
    major_region_code as factor_area_code,
    occupation_code,
    occupation_level,
    vacancies_register,
    vacancies_lo,
    vacancies_hi,
    vacancies_reason,
    vacancies_coverage,
    vintage_id,
    known_from,
    division_year,
  from regions

),

-- Every month for all occupations together, the months of the survey by occupation as well, under the quarter.
listed as (

  select
    'month' as frequency,
    register_month as period,
    *,
  from markets
  where occupation_code = {{ total }}

  union all by name

  select
    'quarter' as frequency,
    survey_period as period,
    *,
  from markets
  where is_survey_month

),

judged as (

  select
    listed.*,
    factors.factor,
    factors.factor_reason,
    factors.factor_kind,
    factors.factor_period,
    factors.gate_state,
    greatest(listed.known_from, factors.known_from) as both_known_from,
    measured.vacancies_survey,
    measured.vacancies_register_sum,
    measured.vacancies_survey_sum,
    case
      when listed.vacancies_reason = 'not_in_source' then 'not_in_source'
      when factors.factor_reason != 'ok' then factors.factor_reason
      when listed.vacancies_register is null then listed.vacancies_reason
      else 'ok'
    end as raked_reason,
  from listed
  inner join {{ ref('int_coverage_factor') }} as factors
    on listed.factor_area_code = factors.area_code and listed.survey_period = factors.period
  left join {{ ref('int_measure_coverage') }} as measured
    on
      listed.frequency = 'quarter'
      and listed.occupation_code = {{ total }}
      and listed.area_code = measured.area_code
      and listed.period = measured.period

)

select
  period,
  frequency,
  area_code,
  occupation_code,
  area_level,
  occupation_level,
  register_month,
  vacancies_register,
  if(vacancies_register is not null, 'ok', vacancies_reason) as vacancies_register_reason,
  vacancies_survey,
  case
    when vacancies_survey is not null then 'ok'
    when factor_reason = 'not_applicable' then 'not_applicable'
    when frequency = 'month' or area_level = 'region' then 'not_applicable'
    else 'not_in_source'
  end as vacancies_survey_reason,
  vacancies_register_sum,
  vacancies_survey_sum,
  case
    when vacancies_survey_sum is not null then 'ok'
    when factor_reason = 'not_applicable' then 'not_applicable'
    when frequency = 'month' or area_level = 'region' then 'not_applicable'
    else 'insufficient_history'
  end as sums_reason,
  factor as coverage_factor,
  factor_reason as coverage_factor_reason,
  factor_kind,
  factor_period,
  case when raked_reason = 'ok' then vacancies_register / factor end as vacancies_raked,
  vacancies_lo / factor as vacancies_raked_lo,
  vacancies_hi / factor as vacancies_raked_hi,
  raked_reason as vacancies_raked_reason,
  vintage_id,
  coalesce(both_known_from, known_from) as known_from,
  null::timestamp as known_to,
  division_year,
  '{{ var("method_version") }}' as method_version,
  if(raked_reason = 'ok', 'modelled', 'interval_only') as value_kind,
  raked_reason as reason,
  vacancies_coverage as coverage,
  gate_state,
from judged
order by frequency, period, area_code, occupation_code
