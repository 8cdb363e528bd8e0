select
  reached.period,
  reached.area_level,
  reached.area_code,
  reached.occupation_code,
  reached.half_distance_km,
  reached.occupation_level,
  reached.is_remainder,
  round(ln(2) / reached.half_distance_km, 12) as decay_per_km,
  reached.accessibility,
  reached.accessibility_reason,
  reached.accessibility_with_flexible,
  reached.accessibility_with_flexible_reason,
  reached.vacancies_reached,
  case
    when reached.vacancies_reached is not null then 'ok'
    when reached.vacancies_unreached is null then 'suppressed_secondary'
    else 'suppressed_source'
  end as vacancies_reached_reason,
  reached.vacancies_unreached,
  if(reached.vacancies_unreached is null, 'suppressed_secondary', 'ok') as vacancies_unreached_reason,
  markets.vintage_id,
  markets.known_from,
  markets.known_to,
  markets.division_year,
  markets.method_version,
  case
    when reached.accessibility is null then 'interval_only'
    when markets.is_exact then 'exact'
    else 'estimated'
  end as value_kind,
  reached.accessibility_reason as reason,
  markets.coverage,
  'passed' as gate_state,
from {{ source('matching', 'accessibility') }} as reached
inner join {{ ref('int_describe_markets') }} as markets using (period, area_level, occupation_code)
