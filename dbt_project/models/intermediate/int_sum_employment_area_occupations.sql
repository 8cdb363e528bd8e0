{#- Digits of each level, and whether it has estimates: single unit groups show bounds alone. -#}
{%- set levels = [('occ1', 1, true), ('occ2', 2, true), ('occ4', 4, false)] -%}
with

-- Months with a count for a municipality; the source may list municipalities without one.
counted as (

  select distinct stocks.period
  from {{ ref('stg_statfin__municipality_occupation_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where nested.area_level = 'municipality' and (stocks.unemployed is not null or stocks.vacancies is not null)

),

months as (

  select
    counted.period,
    vintages.is_on_borders_of_today,
    counted.period = max(counted.period) over () as is_newest,
  from counted
  inner join {{ ref('stg_statfin__vintages') }} as vintages
    on counted.period = vintages.period and vintages.table_id = '12ti_municipalities'

),

whole_regions as (

  select
    tiles.area_code,
    tiles.tile_area_code,
  from {{ ref('int_tile_areas') }} as tiles
  inner join {{ ref('int_nest_areas') }} as nested on tiles.tile_area_code = nested.area_code
  where tiles.area_level = 'employment_area' and tiles.is_on_borders_of_today and nested.area_level = 'region'

),

-- A region where the area holds the whole of it today, else municipalities: narrower bounds, and every tile a printed cell.
tiles as (

  select
    months.period,
    municipal.area_code,
    coalesce(whole_regions.tile_area_code, municipal.tile_area_code) as tile_area_code,
    bool_and(municipal.is_former) as is_former,
  from months
  cross join {{ ref('int_tile_areas') }} as municipal
  inner join {{ ref('int_nest_areas') }} as nested on municipal.tile_area_code = nested.area_code
  left join whole_regions
    on
      coalesce(months.is_on_borders_of_today, true)
      and municipal.area_code = whole_regions.area_code
      and nested.region_code = whole_regions.tile_area_code
  where municipal.area_level = 'employment_area' and not municipal.is_on_borders_of_today
  group by all

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
  from {{ ref('stg_statfin__municipality_occupation_stocks') }}
  where area_code != '{{ var("country_code") }}'

  union all

  select
    period,
    area_code,
    occupation_code,
    unemployed,
    unemployed_reason,
    vacancies,
    vacancies_reason,
  from {{ ref('stg_statfin__occupation_stocks') }}
  where area_code in (select tile_area_code from whole_regions)

),

unit_groups as (

  select distinct
    stocks.period,
    stocks.occupation_code,
  from {{ ref('stg_statfin__municipality_occupation_stocks') }} as stocks
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.occupation_level = 'occ4'

),

-- Every tile with every unit group of the month, so that a row that the source leaves out is seen to be missing.
cells as (

  select
    tiles.period,
    tiles.area_code,
    tiles.tile_area_code,
    unit_groups.occupation_code as unit_group_code,
    published.unemployed,
    coalesce(published.unemployed_reason, 'not_in_source') as unemployed_reason,
    published.vacancies,
    coalesce(published.vacancies_reason, 'not_in_source') as vacancies_reason,
  from tiles
  inner join unit_groups using (period)
  left join published
    on
      tiles.period = published.period
      and tiles.tile_area_code = published.area_code
      and unit_groups.occupation_code = published.occupation_code
  where not tiles.is_former or published.area_code is not null

),

levels as (

  select
    occupation_level,
    digits,
    has_estimate,
  from (
    values {% for name, digits, has_estimate in levels %}('{{ name }}', {{ digits }}, {{ has_estimate }}){{ ', ' if not loop.last }}{% endfor %}
  ) as listed (occupation_level, digits, has_estimate)

),

summed as (

  select
    cells.period,
    cells.area_code,
    levels.occupation_level,
    left(cells.unit_group_code, levels.digits) as occupation_code,
    levels.has_estimate,
    {%- for measure in ['unemployed', 'vacancies'] %}
    {{ as_sum(measure) }},
    count(*) filter ({{ measure }}_reason = 'suppressed_source') as {{ measure }}_blanks,
    {%- endfor %}
  from cells
  inner join months using (period)
  cross join levels
  where levels.has_estimate or months.is_newest
  group by all

)

-- The fill counts blanks by municipality; an estimate has to sum enough of those of the tiles.
select
  summed.period,
  summed.area_code,
  summed.occupation_level,
  summed.occupation_code,
  {%- for measure in ['unemployed', 'vacancies'] %}
  {%- set is_estimated -%}
    summed.{{ measure }}_reason = 'suppressed_source'
    and summed.has_estimate
    and summed.{{ measure }}_blanks >= {{ var('fewest_blanks_in_estimate') }}
    and filled.{{ measure }} is not null
  {%- endset %}
  summed.{{ measure }},
  summed.{{ measure }}_lo,
  summed.{{ measure }}_hi,
  case
    when {{ is_estimated }} then greatest(summed.{{ measure }}_lo, least(summed.{{ measure }}_hi, filled.{{ measure }}))
    else summed.{{ measure }}_est
  end as {{ measure }}_est,
  summed.{{ measure }}_reason,
  if({{ is_estimated }}, 'estimated', summed.{{ measure }}_kind) as {{ measure }}_kind,
  summed.{{ measure }}_coverage,
  {%- endfor %}
from summed
left join {{ source('matching', 'filled_employment_area_cells') }} as filled using (period, area_code, occupation_code)
