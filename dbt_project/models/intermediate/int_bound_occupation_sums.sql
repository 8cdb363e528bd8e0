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

-- What the areas are made of: a region of itself; an employment area of the regions that it holds whole, and else of municipalities.
tiles as (

  select
    area_level,
    area_code,
    area_code as tile_area_code,
  from {{ ref('int_nest_areas') }}
  where area_level = 'region' and not is_residual

  union all

  select
    tiles.area_level,
    tiles.area_code,
    tiles.tile_area_code,
  from {{ ref('int_tile_areas') }} as tiles
  inner join {{ ref('int_nest_areas') }} as nested on tiles.tile_area_code = nested.area_code
  where tiles.area_level = 'employment_area' and tiles.is_on_borders_of_today and nested.area_level = 'region'

  union all

  select
    tiles.area_level,
    tiles.area_code,
    tiles.tile_area_code,
  from {{ ref('int_tile_areas') }} as tiles
  inner join {{ ref('int_nest_areas') }} as nested on tiles.tile_area_code = nested.area_code
  left join {{ ref('int_tile_areas') }} as whole
    on whole.is_on_borders_of_today and tiles.area_code = whole.area_code and nested.region_code = whole.tile_area_code
  where tiles.area_level = 'employment_area' and not tiles.is_on_borders_of_today and whole.area_code is null

),

published as (

  select
    period,
    area_code,
    occupation_code,
    unemployed,
    unemployed_reason,
    vacancies,
    vacancies_reason,
  from {{ ref('stg_statfin__occupation_stocks') }}

  union all

  select
    period,
    area_code,
    occupation_code,
    unemployed,
    unemployed_reason,
    vacancies,
    vacancies_reason,
  from {{ ref('stg_statfin__municipality_occupation_stocks') }}
  where area_code != '{{ var("country_code") }}'

),

-- Of the regions inside an employment area only the months in which municipalities are there too.
parts as (

  select
    published.period,
    tiles.area_level,
    tiles.area_code,
    published.occupation_code,
    published.unemployed,
    published.unemployed_reason,
    published.vacancies,
    published.vacancies_reason,
  from tiles
  inner join published on tiles.tile_area_code = published.area_code
  where
    tiles.area_level = 'region'
    or published.period in (select period from {{ ref('stg_statfin__municipality_occupation_stocks') }})

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
