with

-- The country has a table of its own, which goes down to the unit groups.
printed as (

  select
    year(regional.period)::integer as year,
    regional.area_code,
    occupation.occupation_level,
    regional.occupation_code,
    regional.employed,
    regional.employed_reason,
    regional.known_from,
  from {{ ref('stg_statfin__region_employed') }} as regional
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where regional.area_code != '{{ var("country_code") }}'

  union all

  select
    year(national.period)::integer as year,
    '{{ var("country_code") }}' as area_code,
    occupation.occupation_level,
    national.occupation_code,
    national.employed,
    national.employed_reason,
    national.known_from,
  from {{ ref('stg_statfin__country_employed') }} as national
  inner join {{ ref('occupation') }} as occupation using (occupation_code)

),

-- E of a minor group in the region, and of the unit group and its minor group in the country.
parts as (

  select
    minor_group.year,
    minor_group.area_code,
    unit_group.occupation_code,
    minor_group.employed as region_minor_employed,
    unit_group.employed as country_unit_employed,
    country_minor_group.employed as country_minor_employed,
    case
      when minor_group.employed_reason != 'ok' then minor_group.employed_reason
      when unit_group.employed_reason != 'ok' then unit_group.employed_reason
      when country_minor_group.employed_reason != 'ok' then country_minor_group.employed_reason
      when country_minor_group.employed = 0 and minor_group.employed > 0 then 'no_denominator'
      else 'ok'
    end as employed_reason,
    greatest(minor_group.known_from, unit_group.known_from) as known_from,
  from printed as unit_group
  inner join printed as country_minor_group
    on
      unit_group.year = country_minor_group.year
      and unit_group.area_code = country_minor_group.area_code
      and left(unit_group.occupation_code, 3) = country_minor_group.occupation_code
  inner join printed as minor_group
    on
      unit_group.year = minor_group.year
      and left(unit_group.occupation_code, 3) = minor_group.occupation_code
      and minor_group.area_code != '{{ var("country_code") }}'
  where unit_group.occupation_level = 'occ4' and unit_group.area_code = '{{ var("country_code") }}'

)

select
  year,
  area_code,
  occupation_level,
  occupation_code,
  employed::double as employed,
  employed_reason,
  if(employed_reason = 'ok', 'exact', 'interval_only') as employed_kind,
  known_from as employed_known_from,
from printed

union all

select
  year,
  area_code,
  'occ4' as occupation_level,
  occupation_code,
  case
    when employed_reason != 'ok' then null
    when region_minor_employed = 0 then 0
    else round(region_minor_employed * country_unit_employed / country_minor_employed, 9)
  end::double as employed,
  employed_reason,
  if(employed_reason = 'ok', 'modelled', 'interval_only') as employed_kind,
  known_from as employed_known_from,
from parts
