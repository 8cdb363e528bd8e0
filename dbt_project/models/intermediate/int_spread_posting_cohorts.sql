{#- Employment areas get no further than two digits: deeper, most of their cells are single postings. -#}
with

in_areas as (

  {% for area_level, area_code in [
    ('country', "'" ~ var('country_code') ~ "'"),
    ('region', 'region_area_code'),
    ('employment_area', 'employment_area_code'),
  ] %}
  select
    {{ area_code }} as area_code,
    '{{ area_level }}' as area_level,
    {{ 2 if area_level == 'employment_area' else 4 }} as finest_digits,
    occupation_code,
    occupation_level,
    opened_date,
    closed_date,
    is_permanent,
    is_full_time,
    postings,
    positions,
  from {{ ref('stg_tyomarkkinatori__posting_cohorts') }}
  where {{ area_code }} is not null
  {{ 'union all' if not loop.last }}
  {% endfor %}

),

digits as (

  select unnest(range(0, 5)) as digits

),

-- On every level from the total down to the one that the posting itself is on.
on_levels as (

  select
    in_areas.area_code,
    in_areas.area_level,
    case
      when digits.digits = 0 then '{{ var("total_occupation_code") }}'
      when in_areas.occupation_level = 'bucket' then in_areas.occupation_code
      else left(in_areas.occupation_code, digits.digits)
    end as occupation_code,
    case
      when digits.digits = 0 then 'total'
      when in_areas.occupation_level = 'bucket' then 'bucket'
      else 'occ' || digits.digits
    end as occupation_level,
    in_areas.opened_date,
    in_areas.closed_date,
    in_areas.is_permanent,
    in_areas.is_full_time,
    in_areas.postings,
    in_areas.positions,
  from in_areas
  inner join digits
    on
      digits.digits <= in_areas.finest_digits
      and digits.digits <= if(in_areas.occupation_level = 'bucket', 1, length(in_areas.occupation_code))

)

select
  area_code,
  area_level,
  occupation_code,
  occupation_level,
  opened_date,
  closed_date,
  is_permanent,
  is_full_time,
  {{ settled_sum('postings') }} as postings,
  {{ settled_sum('positions') }} as positions,
from on_levels
group by all
