{#- Elasticities of vacancies that the residual is shown for; the split of the steady state holds the second. -#}
{%- set alphas = {'30': 0.3, '50': 0.5} -%}
{%- set split_alpha = '50' -%}
{%- set months_of_base = 12 -%}
{%- set parts = ['tightness', 'inflow', 'efficiency'] -%}
with

register as (

  select
    stocks.period,
    stocks.area_code,
    stocks.area_level,
    'month' as frequency,
    'register' as data_source,
    {{ best_value('stocks.unemployed') }} as u,
    if(u is null, stocks.unemployed_reason, 'ok') as u_reason,
    stocks.unemployed_lo as u_lo,
    {{ best_value('stocks.vacancies') }} as v,
    if(v is null, stocks.vacancies_reason, 'ok') as v_reason,
    stocks.vacancies_lo as v_lo,
    if(stocks.labour_force > 0, stocks.labour_force, null) as l,
    'no_denominator' as l_reason,
    if(nested.area_level = 'country', nested.area_code, nested.major_region_code) as survey_area_code,
    stocks.vintage_id,
    stocks.known_from,
    stocks.division_year,
    stocks.value_kind,
    stocks.coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where stocks.occupation_code = '{{ var("total_occupation_code") }}' and not nested.is_residual

),

-- Both sides are of the survey: its persons over the register's labour force would be a ratio across sources.
survey as (

  select
    unemployed.period,
    unemployed.area_code,
    nested.area_level,
    'quarter' as frequency,
    'survey' as data_source,
    unemployed.unemployed::double as u,
    unemployed.unemployed_reason as u_reason,
    unemployed.unemployed::double as u_lo,
    vacancies.vacancies::double as v,
    vacancies.vacancies_reason as v_reason,
    vacancies.vacancies::double as v_lo,
    null::bigint as l,
    'not_in_source' as l_reason,
    null::varchar as survey_area_code,
    vintages.vintage_id,
    greatest(unemployed.known_from, vacancies.known_from) as known_from,
    vintages.division_year,
    if(unemployed.unemployed is null or vacancies.vacancies is null, 'interval_only', 'estimated') as value_kind,
    (unemployed.unemployed is not null and vacancies.vacancies is not null)::integer::double as coverage,
    'passed' as gate_state,
  from {{ ref('stg_statfin__survey_unemployed') }} as unemployed
  inner join {{ ref('stg_statfin__survey_vacancies') }} as vacancies using (period, area_code)
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  inner join {{ ref('stg_statfin__vintages') }} as vintages
    on vintages.table_id = '11n1' and unemployed.period = vintages.period

),

-- The flows of a month set out from the market of the month before.
efficiencies as (

  select
    flows.period,
    flows.area_code,
    flows.outflow_hazard as f,
    flows.inflow_hazard as s,
    if(before.u > 0 and before.v > 0, before.v / before.u, null) as theta_before,
    case
      when flows.outflow_hazard is null then flows.outflow_hazard_reason
      when before.period is null then 'insufficient_history'
      when before.v = 0 then 'no_vacancies'
      when theta_before is null then 'suppressed_source'
      when f = 0 then 'undefined'
      else 'ok'
    end as efficiency_reason,
    {%- for name, alpha in alphas.items() %}
    case when efficiency_reason = 'ok' then ln(f) - {{ alpha }} * ln(theta_before) end as ln_efficiency_{{ name }},
    {%- endfor %}
    flows.steady_state_rate,
    if(efficiency_reason = 'ok' and not s > 0, 'undefined', efficiency_reason) as split_reason,
  from {{ ref('fct_unemployment_flow') }} as flows
  left join register as before
    on flows.area_code = before.area_code and before.period = (flows.period - interval 1 month)::date

),

-- The first whole calendar year of an area's flows, against which the later ones are held.
bases as (

  select
    area_code,
    year(period) as base_year,
    exp(avg(ln(theta_before) order by period)) as theta,
    exp(avg(ln(s) order by period)) as s,
    exp(avg(ln_efficiency_{{ split_alpha }} order by period)) as efficiency,
  from efficiencies
  where split_reason = 'ok'
  group by area_code, year(period)
  having count(*) = {{ months_of_base }}
  qualify row_number() over (partition by area_code order by base_year) = 1

),

-- The data source as a column: a condition on one side alone would have every row compared with every other.
splits as (

  select
    efficiencies.*,
    'register' as data_source,
    bases.base_year,
    if(split_reason = 'ok' and bases.base_year is null, 'insufficient_history', split_reason) as part_reason,
    {{ alphas[split_alpha] }} as alpha,
    bases.s / (bases.s + bases.efficiency * pow(theta_before, alpha)) as tightness_part,
    efficiencies.s / (efficiencies.s + bases.efficiency * pow(bases.theta, alpha)) as inflow_part,
    bases.s / (bases.s + exp(ln_efficiency_{{ split_alpha }}) * pow(bases.theta, alpha)) as efficiency_part,
  from efficiencies
  left join bases using (area_code)

),

curves as (

  select
    period,
    area_code,
    'register' as data_source,
    curve_gap,
    curve_slope,
  from {{ source('matching', 'beveridge_curves') }}

),

points as (

  select
    *,
    {{ ratio_reason('v', 'u', 'v_lo', 'v_reason', 'u_reason', 'no_jobseekers') }} as theta_reason,
    case
      when l is null then l_reason
      when u is null then u_reason
      else 'ok'
    end as unemployment_rate_reason,
    case
      when l is null then l_reason
      when v is null then v_reason
      else 'ok'
    end as vacancies_per_labour_force_reason,
    case
      when unemployment_rate_reason != 'ok' then unemployment_rate_reason
      when v is null then v_reason
      when not (l >= u and l + v > u) then 'no_denominator'
      else 'ok'
    end as vacancy_rate_lf_reason,
    case
      when unemployment_rate_reason != 'ok' then unemployment_rate_reason
      when v is null then v_reason
      else 'ok'
    end as u_star_reason,
  from (
    select * from register
    union all by name
    select * from survey
  )

)

select
  points.period,
  points.area_code,
  points.frequency,
  points.data_source,
  points.area_level,
  points.u as unemployed,
  points.u_reason as unemployed_reason,
  points.v as vacancies,
  points.v_reason as vacancies_reason,
  case when points.theta_reason = 'ok' then points.v / points.u end as theta,
  points.theta_reason,
  case when points.unemployment_rate_reason = 'ok' then points.u / points.l end as unemployment_rate,
  points.unemployment_rate_reason,
  case when points.vacancy_rate_lf_reason = 'ok' then points.v / (points.v + points.l - points.u) end as vacancy_rate_lf,
  points.vacancy_rate_lf_reason,
  case when points.vacancies_per_labour_force_reason = 'ok' then points.v / points.l end as vacancies_per_labour_force,
  points.vacancies_per_labour_force_reason,
  case when points.u_star_reason = 'ok' then sqrt(points.u * points.v) / points.l end as u_star,
  points.u_star_reason,
  case when points.u_star_reason = 'ok' then points.u / points.l - sqrt(points.u * points.v) / points.l end as slack,
  points.u_star_reason as slack_reason,
  case
    when points.u_star_reason != 'ok' then points.u_star_reason
    when points.survey_area_code is null then 'not_applicable'
    else coalesce(coverage.factor_reason, 'not_in_source')
  end as u_star_raked_reason,
  case when u_star_raked_reason = 'ok' then sqrt(points.u * points.v / coverage.factor) / points.l end as u_star_raked,
  {%- for name in alphas %}
  coalesce(splits.efficiency_reason, 'not_applicable') as ln_efficiency_{{ name }}_reason,
  case when ln_efficiency_{{ name }}_reason = 'ok' then round(splits.ln_efficiency_{{ name }}, 9) + 0.0 end as ln_efficiency_{{ name }},
  {%- endfor %}
  {%- for part in parts %}
  coalesce(splits.part_reason, 'not_applicable') as steady_state_{{ part }}_rate_reason,
  case when steady_state_{{ part }}_rate_reason = 'ok' then round(splits.{{ part }}_part, 9) end as steady_state_{{ part }}_rate,
  {%- endfor %}
  splits.base_year::integer as base_year,
  curves.curve_gap,
  case
    when curves.curve_gap is not null then 'ok'
    when points.data_source = 'survey' then 'not_applicable'
    when points.u is null then points.u_reason
    when points.v is null then points.v_reason
    else 'insufficient_history'
  end as curve_gap_reason,
  curves.curve_slope,
  curve_gap_reason as curve_slope_reason,
  points.vintage_id,
  points.known_from,
  null::timestamp as known_to,
  points.division_year,
  '{{ var("method_version") }}' as method_version,
  points.value_kind,
  points.theta_reason as reason,
  points.coverage,
  points.gate_state,
from points
left join splits
  on points.data_source = splits.data_source and points.period = splits.period and points.area_code = splits.area_code
left join {{ ref('int_coverage_factor') }} as coverage
  on points.survey_area_code = coverage.area_code and date_trunc('quarter', points.period) = coverage.period
left join curves
  on points.data_source = curves.data_source and points.period = curves.period and points.area_code = curves.area_code
