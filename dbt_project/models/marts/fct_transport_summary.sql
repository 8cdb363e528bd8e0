with

-- Kilometres of the placement plan, of all its rows.
travelled as (

  select
    period,
    area_level,
    occupation_code,
    variant,
    sum(person_km order by from_area_code, to_area_code) as person_km,
  from {{ source('matching', 'placement_moves') }}
  group by all

),

plans as (

  select
    markets.period,
    markets.area_level,
    markets.occupation_code,
    markets.occupation_level,
    variants.variant,
    variants.variant = 'with_flexible' as is_flexible,
    totals.unemployed,
    totals.vacancies,
    totals.flexible_vacancies,
    totals.w1_km,
    totals.jackman_roper,
    totals.own_region,
    if(is_flexible, totals.cross_region_with_flexible, totals.cross_region) as cross_region,
    totals.flexible_placed,
    case
      when totals.period is null then 'not_in_source'
      when totals.unemployed is null then 'suppressed_secondary'
      else 'ok'
    end as placement_reason,
    case
      when is_flexible then 'not_applicable'
      when placement_reason != 'ok' then placement_reason
      when totals.unemployed = 0 and totals.vacancies = 0 then 'empty_market'
      when totals.unemployed = 0 then 'no_jobseekers'
      when totals.vacancies = 0 then 'no_vacancies'
      else 'ok'
    end as w1_km_reason,
    coalesce(travelled.person_km, 0) as person_km,
    markets.is_exact,
    markets.coverage,
    markets.vintage_id,
    markets.known_from,
    markets.known_to,
    markets.division_year,
    markets.method_version,
  from {{ ref('int_describe_markets') }} as markets
  cross join (values ('located'), ('with_flexible')) as variants (variant)
  left join {{ source('matching', 'transport_totals') }} as totals
    on
      markets.period = totals.period
      and markets.area_level = totals.area_level
      and markets.occupation_code = totals.occupation_code
  left join travelled
    on
      markets.period = travelled.period
      and markets.area_level = travelled.area_level
      and markets.occupation_code = travelled.occupation_code
      and variants.variant = travelled.variant
  where variants.variant = 'located' or totals.flexible_vacancies > 0

)

select
  period,
  '{{ var("country_code") }}' as area_code,
  area_level as partition,
  occupation_code,
  variant,
  occupation_level,
  unemployed as unemployed_total,
  vacancies as vacancies_total,
  if(is_flexible, flexible_vacancies, 0)::double as flexible_vacancies,
  case when w1_km_reason = 'ok' then w1_km end as w1_km,
  w1_km_reason,
  case when w1_km_reason = 'ok' then jackman_roper end as jackman_roper,
  w1_km_reason as jackman_roper_reason,
  case when w1_km_reason = 'ok' then round(jackman_roper * unemployed, 9) end as movers,
  w1_km_reason as movers_reason,
  if(w1_km_reason = 'ok' and jackman_roper = 0, 'undefined', w1_km_reason) as km_per_mover_reason,
  case when km_per_mover_reason = 'ok' then round(w1_km / jackman_roper, 9) end as km_per_mover,
  case when placement_reason = 'ok' then own_region + cross_region + if(is_flexible, flexible_placed, 0) end as placeable,
  case when placement_reason = 'ok' then own_region end as own_region,
  case when placement_reason = 'ok' then cross_region end as cross_region,
  case when placement_reason = 'ok' then if(is_flexible, flexible_placed, 0) end::double as flexible_placed,
  case when placement_reason = 'ok' then round(person_km, 9) end as person_km,
  placement_reason,
  if(placement_reason = 'ok' and cross_region = 0, 'no_denominator', placement_reason) as km_per_placement_reason,
  case when km_per_placement_reason = 'ok' then round(person_km / cross_region, 9) end as km_per_placement,
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  case when placement_reason != 'ok' then 'interval_only' when is_exact then 'exact' else 'estimated' end as value_kind,
  placement_reason as reason,
  coverage,
  'passed' as gate_state,
from plans
