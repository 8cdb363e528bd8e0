select
  source_code,
  table_id,
  table_title,
  publisher,
  licence,
  {{ attribution('source_code', 'citation', 'licence') }} as attribution,
  terms,
  homepage,
  cadence,
  lag_days,
  coverage,
  is_required,
  is_verified,
from {{ ref('stg_pipeline__source_state') }}
order by source_code, table_id
