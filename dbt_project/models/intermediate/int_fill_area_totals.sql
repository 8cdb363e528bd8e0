with

cells as (

  select
    stocks.period,
    nested.area_level,
    stocks.area_code,
    nested.subregion_code,
    nested.region_code,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.vacancies,
    stocks.vacancies_reason,
    stocks.labour_force,
    stocks.labour_force_reason,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where
    nested.area_level in ('region', 'subregion', 'municipality')
    and not nested.is_residual

),

regions as (

  select
    *,
    unemployed::double as unemployed_filled,
    vacancies::double as vacancies_filled,
  from cells
  where area_level = 'region'

),

subregions as (

  select
    cells.*,
    {{ fill_by_margin('cells.unemployed', 'regions.unemployed_filled') }} as unemployed_filled,
    {{ fill_by_margin('cells.vacancies', 'regions.vacancies_filled') }} as vacancies_filled,
  from cells
  left join regions on cells.period = regions.period and cells.region_code = regions.region_code
  where cells.area_level = 'subregion'
  window siblings as (partition by cells.period, cells.region_code)

),

municipalities as (

  select
    cells.*,
    {{ fill_by_margin('cells.unemployed', 'subregions.unemployed_filled') }} as unemployed_filled,
    {{ fill_by_margin('cells.vacancies', 'subregions.vacancies_filled') }} as vacancies_filled,
  from cells
  left join subregions on cells.period = subregions.period and cells.subregion_code = subregions.subregion_code
  where cells.area_level = 'municipality'
  window siblings as (partition by cells.period, cells.subregion_code)

),

all_levels as (

  select * from regions
  union all by name
  select * from subregions
  union all by name
  select * from municipalities

)

select
  period,
  area_level,
  area_code,
  unemployed,
  unemployed_reason,
  unemployed_filled,
  vacancies,
  vacancies_reason,
  vacancies_filled,
  labour_force,
  labour_force_reason,
from all_levels
