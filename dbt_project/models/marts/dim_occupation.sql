select
  occupation_code,
  occupation_level,
  parent_occupation_code,
  occupation_name_fi,
  occupation_name_sv,
  occupation_name_en,
  is_x_code,
from {{ ref('occupation') }}
order by occupation_code
