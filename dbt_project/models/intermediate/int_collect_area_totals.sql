select
  published.period,
  nested.area_level,
  published.area_code,
  {{ as_published('unemployed') }},
  {{ as_published('vacancies') }},
  published.labour_force,
  published.labour_force_reason,
from {{ ref('stg_statfin__area_stocks') }} as published
inner join {{ ref('int_nest_areas') }} as nested using (area_code)

union all by name

select
  summed.period,
  summed.area_level,
  summed.area_code,
  {{ measure_columns('unemployed', 'summed') }},
  {{ measure_columns('vacancies', 'summed') }},
  summed.labour_force,
  summed.labour_force_reason,
from {{ ref('int_sum_area_tiles') }} as summed
