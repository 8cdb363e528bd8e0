with

levels as (

  select
    area_level,
    occupation_level,
    digits,
  from (
    values
      ('region', 'occ1', 1),
      ('region', 'occ2', 2),
      ('region', 'occ3', 3),
      ('employment_area', 'occ1', 1),
      ('employment_area', 'occ2', 2)
  ) as listed (area_level, occupation_level, digits)

),

-- What a sum is made of: the unit groups of a region, and of the municipalities of an employment area.
parts as (

  select
    stocks.period,
    nested.area_level,
    stocks.area_code,
    stocks.occupation_code,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.vacancies,
    stocks.vacancies_reason,
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where nested.area_level = 'region' and not nested.is_residual

  union all

  select
    stocks.period,
    members.area_level,
    members.area_code,
    stocks.occupation_code,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.vacancies,
    stocks.vacancies_reason,
  from {{ ref('stg_statfin__municipality_occupation_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  inner join {{ ref('area_municipality') }} as members
    on coalesce(nested.successor_area_code, nested.area_code) = members.municipality_area_code
  where members.area_level = 'employment_area'

)

select
  parts.period,
  parts.area_level,
  parts.area_code,
  levels.occupation_level,
  left(parts.occupation_code, levels.digits) as occupation_code,
  {% for measure in ['unemployed', 'vacancies'] %}
  sum({{ lower_bound('parts.' ~ measure) }})::bigint as {{ measure }}_lo,
  sum({{ upper_bound('parts.' ~ measure) }})::bigint as {{ measure }}_hi,
  {% endfor %}
from parts
inner join {{ ref('occupation') }} as occupation using (occupation_code)
inner join levels using (area_level)
where occupation.occupation_level = 'occ4'
group by all
having
  bool_and(
    parts.unemployed_reason in ('ok', 'suppressed_source')
    and parts.vacancies_reason in ('ok', 'suppressed_source')
  )
  and (
    {% for measure in ['unemployed', 'vacancies'] -%}
    count(*) filter (parts.{{ measure }}_reason = 'suppressed_source') between 1 and {{ var('fewest_blanks_in_estimate') }} - 1
    {{- ' or' if not loop.last }}
    {% endfor -%}
  )
