with

-- The visible part follows from the public bounds: each withheld count is the same in them.
cells as (

  select
    stocks.period,
    stocks.area_level,
    stocks.occupation_level,
    stocks.occupation_code,
    {% for measure in ['unemployed', 'vacancies'] %}
    stocks.{{ measure }}_hi,
    stocks.{{ measure }}_hi
      - (stocks.{{ measure }}_hi - stocks.{{ measure }}_lo)
      * {{ var('suppressed_hi') }} // ({{ var('suppressed_hi') }} - {{ var('suppressed_lo') }}) as {{ measure }}_visible,
    {% endfor %}
    stocks.unemployed_reason = 'ok' and stocks.vacancies_reason = 'ok' as is_exact,
    stocks.vintage_id,
    stocks.known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.method_version,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where
    not nested.is_residual
    and (
      (stocks.area_level = 'region' and stocks.occupation_level in ('total', 'occ1', 'occ2', 'occ3', 'occ4'))
      or (stocks.area_level = 'employment_area' and stocks.occupation_level in ('total', 'occ1', 'occ2'))
    )

)

select
  period,
  area_level,
  occupation_level,
  occupation_code,
  bool_and(is_exact) as is_exact,
  least(
    coalesce(sum(unemployed_visible) / nullif(sum(unemployed_hi), 0), 1),
    coalesce(sum(vacancies_visible) / nullif(sum(vacancies_hi), 0), 1)
  )::double as coverage,
  max(vintage_id) as vintage_id,
  max(known_from) as known_from,
  max(known_to) as known_to,
  max(division_year) as division_year,
  max(method_version) as method_version,
from cells
group by all
