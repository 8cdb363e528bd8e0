select
  indicator_code,
  indicator_id,
  table_name,
  column_name,
  unit,
  direction,
  formula,
  indicator_name_fi,
  indicator_name_sv,
  indicator_name_en,
  caveat_fi,
  caveat_sv,
  caveat_en,
  literature,
from {{ ref('indicator') }}
order by indicator_code
