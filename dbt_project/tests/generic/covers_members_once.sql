{# Members of an area that its tiles leave out or hold twice. The model has is_on_borders_of_today, area_level, area_code,
   tile_area_code, is_former, and covers once for each kind of border; a tile holds a municipality when it is the municipality, its subregion or its region. #}
{% test covers_members_once(model) %}
  select
    borders.is_on_borders_of_today,
    members.area_code,
    members.municipality_area_code,
    count(tiles.tile_area_code) as tiles,
  from {{ ref('area_municipality') }} as members
  cross join (values (true), (false)) as borders (is_on_borders_of_today)
  inner join {{ ref('int_nest_areas') }} as nested on members.municipality_area_code = nested.area_code
  left join {{ model }} as tiles
    on
      members.area_code = tiles.area_code
      and borders.is_on_borders_of_today = tiles.is_on_borders_of_today
      and tiles.tile_area_code in (nested.area_code, nested.subregion_code, nested.region_code)
      and not tiles.is_former
  where
    members.area_level in (select area_level from {{ model }})
    and not (members.area_level = 'development_centre' and nested.is_aland)
  group by all
  having count(tiles.tile_area_code) != 1
{% endtest %}
