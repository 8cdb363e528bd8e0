with

municipalities as (

  select
    municipality_area_code,
    max(area_code) filter (area_level = 'subregion') as subregion_code,
    max(area_code) filter (area_level = 'region') as region_code,
    max(area_code) filter (area_level = 'major_region') as major_region_code,
  from {{ ref('area_municipality') }}
  group by all

),

members as (

  select
    area_code,
    municipality_area_code,
  from {{ ref('area_municipality') }}

  union all

  select
    area_code,
    coalesce(successor_area_code, area_code) as municipality_area_code,
  from {{ ref('area') }}
  where area_level = 'municipality'

)

select
  area.area_code,
  area.area_level,
  area.is_residual,
  area.successor_area_code,
  area.valid_to,
  count(municipalities.municipality_area_code) as municipalities,
  {% for level in ['subregion', 'region', 'major_region'] %}
  if(count(distinct municipalities.{{ level }}_code) = 1, min(municipalities.{{ level }}_code), null) as {{ level }}_code,
  {% endfor %}
  coalesce(bool_and(municipalities.region_code = '{{ var("aland_region_code") }}'), false) as is_aland,
from {{ ref('area') }} as area
left join members on area.area_code = members.area_code
left join municipalities on members.municipality_area_code = municipalities.municipality_area_code
group by all
