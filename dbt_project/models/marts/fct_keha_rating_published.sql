with

polar as (

  select
    *,
    {{ keha_rate('unemployed', 'employed') }} as u,
    {{ keha_rate('vacancies', 'employed') }} as v,
    {{ keha_scale('u', 'v') }} as recomputed_s,
    {{ keha_slope('u', 'v') }} as recomputed_k,
    case
      when unemployed is null then unemployed_reason
      when employed is null then employed_reason
      when vacancies is null then vacancies_reason
      else 'ok'
    end as recomputed_reason,
  from {{ ref('fct_barometer') }}

),

rated as (

  select
    polar.*,
    {{ keha_degree('recomputed_s') }} as recomputed_degree,
    {{ keha_state('recomputed_degree', 'recomputed_k') }} as recomputed_state,
    {{ keha_near_cutoff('recomputed_s', 'recomputed_k') }} as is_near,
    if(recomputed_reason = 'ok' and recomputed_k is null, 'no_jobseekers', recomputed_reason) as recomputed_k_reason,
  from polar
  cross join {{ keha_cutoffs() }} as cutoffs

)

select
  rated.period,
  rated.area_code,
  rated.occupation_code,
  rated.recomputed_s as s,
  rated.recomputed_reason as s_reason,
  rated.recomputed_k as k,
  rated.recomputed_k_reason as k_reason,
  rated.recomputed_state as state,
  rated.recomputed_reason as state_reason,
  rated.recomputed_degree::integer as degree,
  rated.recomputed_reason as degree_reason,
  rated.scale as s_pub,
  rated.scale_reason as s_pub_reason,
  rated.slope as k_pub,
  rated.slope_reason as k_pub_reason,
  rated.state as state_pub,
  rated.state_reason as state_pub_reason,
  rated.degree as degree_pub,
  rated.degree_reason as degree_pub_reason,
  case
    when rated.recomputed_reason = 'ok' and rated.state_reason = 'ok' and rated.degree_reason = 'ok'
      then rated.recomputed_state = rated.state and rated.recomputed_degree = rated.degree
  end as agree,
  case when rated.recomputed_reason = 'ok' then rated.is_near end as near_cutoff,
  own.state_own,
  coalesce(own.state_own_reason, 'not_in_source') as state_own_reason,
  own.degree_own,
  coalesce(own.degree_own_reason, 'not_in_source') as degree_own_reason,
  case
    when own.state_own_reason = 'ok' and rated.state_reason = 'ok' and rated.degree_reason = 'ok'
      then own.state_own = rated.state and own.degree_own = rated.degree
  end as agree_own,
  rated.vintage_id,
  greatest(rated.known_from, own.known_from) as known_from,
  rated.known_to,
  rated.division_year,
  rated.method_version,
  if(rated.recomputed_reason = 'ok', 'exact', 'interval_only') as value_kind,
  rated.recomputed_reason as reason,
  rated.coverage,
  rated.gate_state,
from rated
left join {{ ref('fct_keha_rating') }} as own using (period, area_code, occupation_code)
