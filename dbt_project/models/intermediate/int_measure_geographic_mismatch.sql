-- One occupation's column over the regions: where one or two of them are withheld, the middle of the public interval stands for each.
with

cells as (

  select
    period,
    occupation_code,
    area_code,
    unemployed_releasable as unemployed,
    vacancies_releasable as vacancies,
  from {{ ref('int_collect_filled_cells') }}
  where area_level = 'region' and occupation_level = 'occ4'

),

occupations as (

  select
    period,
    occupation_code,
    fsum(unemployed) as unemployed_total,
    fsum(vacancies) as vacancies_total,
    case
      when count(*) > count(unemployed + vacancies) then 'not_in_source'
      when unemployed_total > 0 and vacancies_total > 0 then 'ok'
      when unemployed_total > 0 then 'no_vacancies'
      when vacancies_total > 0 then 'no_jobseekers'
      else 'empty_market'
    end as geographic_mismatch_reason,
  from cells
  group by period, occupation_code

)

select
  period,
  occupation_code,
  any_value(occupations.unemployed_total) as unemployed,
  any_value(occupations.vacancies_total) as vacancies,
  any_value(occupations.geographic_mismatch_reason) as geographic_mismatch_reason,
  case
    when any_value(occupations.geographic_mismatch_reason) = 'ok'
      then {{ dissimilarity('cells.unemployed', 'cells.vacancies', 'occupations.unemployed_total', 'occupations.vacancies_total') }}
  end as geographic_mismatch,
from cells
inner join occupations using (period, occupation_code)
group by period, occupation_code
