select
  occupation_code,
  occupation_level,
  parent_occupation_code,
  occupation_name_fi,
  occupation_name_sv,
  occupation_name_en,
  is_x_code,
from {{ ref('occupation') }}

union all by name

select
  occupation_code,
  'bucket' as occupation_level,
  '{{ var("total_occupation_code") }}' as parent_occupation_code,
  occupation_name_fi,
  occupation_name_sv,
  occupation_name_en,
  false as is_x_code,
from {{ ref('occupation_bucket') }}
order by occupation_code
