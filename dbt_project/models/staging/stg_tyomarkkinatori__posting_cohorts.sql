{%- set unknown = "'" ~ var('unknown_region_code') ~ "'" -%}
with

newest as (

  select *
  from {{ source('tyomarkkinatori', 'posting_cohorts') }}
  qualify rank() over (order by source_updated_at desc, retrieved_at desc, vintage_id desc) = 1

),

placed as (

  select
    newest.*,
    municipalities.current_area_code as municipality_area_code,
    case newest.place_kind
      when 'municipality' then coalesce(municipalities.resolution, 'unknown')
      when 'region' then coalesce(regions.resolution, 'unknown')
      else 'unknown'
    end as place_resolution,
    regions.current_area_code as given_region_code,
  from newest
  left join {{ ref('stg_reference__area_codes') }} as municipalities
    on municipalities.area_level = 'municipality' and newest.municipality_code = municipalities.written_code
  left join {{ ref('stg_reference__area_codes') }} as regions
    on regions.area_level = 'region' and newest.region_code = regions.written_code

)

select
  placed.vintage_id,
  placed.source_updated_at,
  placed.retrieved_at,
  placed.covered_from,
  placed.as_of_date,
  placed.place_kind,
  placed.place_resolution,
  placed.municipality_area_code,
  coalesce(regions.area_code, placed.given_region_code, {{ unknown }}) as region_area_code,
  employment_areas.area_code as employment_area_code,
  placed.occupation_uri,
  coalesce(matched.occupation_code, 'missing') as occupation_code,
  coalesce(matched.occupation_level, 'bucket') as occupation_level,
  matched.isco08_code,
  coalesce(matched.match_kind, 'missing') as match_kind,
  placed.opened_date,
  placed.closed_date,
  placed.closed_kind,
  placed.is_permanent,
  placed.is_full_time,
  placed.postings,
  placed.positions,
from placed
left join {{ ref('area_municipality') }} as regions
  on regions.area_level = 'region' and placed.municipality_area_code = regions.municipality_area_code
left join {{ ref('area_municipality') }} as employment_areas
  on employment_areas.area_level = 'employment_area' and placed.municipality_area_code = employment_areas.municipality_area_code
left join {{ ref('stg_tyomarkkinatori__occupations') }} as matched using (occupation_uri)
