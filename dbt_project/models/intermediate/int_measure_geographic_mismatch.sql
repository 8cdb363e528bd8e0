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
    {{ exact_sum('unemployed') }} as unemployed_total,
    {{ exact_sum('vacancies') }} as vacancies_total,
    case
      when count(*) > count(unemployed + vacancies) then 'not_in_source'
      when unemployed_total > 0 and vacancies_total > 0 then 'ok'
      when unemployed_total > 0 then 'no_vacancies'
      when vacancies_total > 0 then 'no_jobseekers'
      else 'empty_market'
    end as geographic_mismatch_reason,
  from cells
  group by period, occupation_code

),

measured as (

  select
    cells.period,
    cells.occupation_code,
    {{ dissimilarity('cells.unemployed', 'cells.vacancies', 'occupations.unemployed_total', 'occupations.vacancies_total') }}
      as geographic_mismatch,
  from cells
  inner join occupations using (period, occupation_code)
  where occupations.geographic_mismatch_reason = 'ok'
  group by all

)

select
  occupations.period,
  occupations.occupation_code,
  occupations.unemployed_total as unemployed,
  occupations.vacancies_total as vacancies,
  occupations.geographic_mismatch_reason,
  measured.geographic_mismatch,
from occupations
left join measured using (period, occupation_code)
