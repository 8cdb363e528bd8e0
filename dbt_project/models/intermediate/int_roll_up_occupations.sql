with

unit_groups as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.vacancies,
    stocks.vacancies_reason,
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.occupation_level = 'occ4'

),

levels as (

  select
    occupation_level,
    digits,
  from (values ('occ1', 1), ('occ2', 2), ('occ3', 3)) as listed (occupation_level, digits)

)

select
  unit_groups.period,
  unit_groups.area_code,
  levels.occupation_level,
  left(unit_groups.occupation_code, levels.digits) as occupation_code,
  {{ as_sum('unemployed') }},
  {{ as_sum('vacancies') }},
from unit_groups
cross join levels
group by all
