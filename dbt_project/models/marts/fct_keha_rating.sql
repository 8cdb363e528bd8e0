with

markets as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    stocks.area_level,
    stocks.occupation_level,
    {{ best_value('stocks.unemployed') }} as unemployed,
    stocks.unemployed_reason,
    {{ best_value('stocks.vacancies') }} as vacancies,
    stocks.vacancies_reason,
    stocks.employed,
    stocks.employed_reason,
    stocks.employed_year,
    stocks.vintage_id,
    greatest(stocks.known_from, stocks.employed_known_from) as known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.method_version,
    stocks.coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  -- Nobody counts the employed of other areas by occupation, nor those of X codes.
  where
    stocks.area_level in ('country', 'region')
    and stocks.occupation_level in ('total', 'occ1', 'occ2', 'occ3', 'occ4')
    and not nested.is_residual

),

polar as (

  select
    *,
    {{ keha_rate('unemployed', 'employed') }} as u,
    {{ keha_rate('vacancies', 'employed') }} as v,
    {{ keha_scale('u', 'v') }} as s,
    {{ keha_slope('u', 'v') }} as k,
    case
      when unemployed is null then unemployed_reason
      when vacancies is null then vacancies_reason
      when employed is null then employed_reason
      else 'ok'
    end as s_own_reason,
  from markets

),

explained as (

  select
    polar.*,
    if(s_own_reason = 'ok' and k is null, 'no_jobseekers', s_own_reason) as k_own_reason,
    {{ keha_degree('s') }} as degree,
    {{ keha_state('degree', 'k') }} as state,
    {{ keha_near_cutoff('s', 'k') }} as is_near,
  from polar
  cross join {{ keha_cutoffs() }} as cutoffs

)

select
  period,
  area_code,
  occupation_code,
  area_level,
  occupation_level,
  case when s_own_reason = 'ok' then s end as s_own,
  s_own_reason,
  case when k_own_reason = 'ok' then k end as k_own,
  k_own_reason,
  case when s_own_reason = 'ok' then state end as state_own,
  s_own_reason as state_own_reason,
  case when s_own_reason = 'ok' then degree end::integer as degree_own,
  s_own_reason as degree_own_reason,
  case when s_own_reason = 'ok' then is_near end as near_cutoff,
  employed_year,
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  if(s_own_reason = 'ok', 'modelled', 'interval_only') as value_kind,
  s_own_reason as reason,
  coverage,
  gate_state,
from explained
