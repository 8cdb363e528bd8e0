select
  label_set,
  code,
  sort_order,
  label_fi,
  label_sv,
  label_en,
from {{ ref('label') }}

union all

select
  'tension_class' as label_set,
  tension_class as code,
  class_rank as sort_order,
  class_name_fi as label_fi,
  class_name_sv as label_sv,
  class_name_en as label_en,
from {{ ref('tension_class') }}
order by label_set, sort_order
