with

members as (

  select
    larger.area_level,
    larger.area_code,
    larger.municipality_area_code,
    nested.subregion_code,
    nested.region_code,
  from {{ ref('area_municipality') }} as larger
  inner join {{ ref('int_nest_areas') }} as nested on larger.municipality_area_code = nested.area_code
  where
    larger.area_level in ('major_region', 'employment_area', 'development_centre', 'wellbeing_county')
    -- Statistics Finland files Åland under Lounais-Suomi, whose services it does not use.
    and not (larger.area_level = 'development_centre' and nested.is_aland)

),

-- A level holds every municipality once, so an area holds a whole region when it has as many of its municipalities as the level.
measured as (

  select
    area_level,
    area_code,
    municipality_area_code,
    subregion_code,
    region_code,
    count(*) over (partition by area_code, region_code)
    = count(*) over (partition by area_level, region_code) as has_whole_region,
    count(*) over (partition by area_code, subregion_code)
    = count(*) over (partition by area_level, subregion_code) as has_whole_subregion,
  from members

),

-- Regions and subregions of an older division hold other municipalities; the municipalities themselves stay what they are.
tiles as (

  select distinct
    true as is_on_borders_of_today,
    area_level,
    area_code,
    case
      when has_whole_region then region_code
      when has_whole_subregion then subregion_code
      else municipality_area_code
    end as tile_area_code,
  from measured

  union all

  select
    false as is_on_borders_of_today,
    area_level,
    area_code,
    municipality_area_code as tile_area_code,
  from members

)

select
  is_on_borders_of_today,
  area_level,
  area_code,
  tile_area_code,
  false as is_former,
from tiles

union all

select
  tiles.is_on_borders_of_today,
  tiles.area_level,
  tiles.area_code,
  former.area_code as tile_area_code,
  true as is_former,
from tiles
inner join {{ ref('int_nest_areas') }} as former on tiles.tile_area_code = former.successor_area_code
