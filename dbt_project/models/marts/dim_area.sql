select
  area.area_code,
  area.area_level,
  area.bare_code,
  area.area_name_fi,
  area.area_name_sv,
  area.area_name_en,
  case
    when area.area_level = 'country' then null
    when area.area_level = 'municipality' then coalesce(nested.subregion_code, '{{ var("country_code") }}')
    when area.area_level = 'subregion' then coalesce(nested.region_code, '{{ var("country_code") }}')
    when area.area_level = 'region' then coalesce(nested.major_region_code, '{{ var("country_code") }}')
    else '{{ var("country_code") }}'
  end as parent_area_code,
  nested.region_code,
  area.valid_from,
  area.valid_to,
  area.is_residual,
  nested.is_aland,
  area.successor_area_code,
from {{ ref('area') }} as area
inner join {{ ref('int_nest_areas') }} as nested using (area_code)
order by area.area_code
