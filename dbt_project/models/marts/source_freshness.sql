select
  source_code,
  table_id,
  table_title,
  state,
  state_reason,
  is_required,
  is_verified,
  vintage_id,
  source_updated_at,
  retrieved_at,
  row_count,
  first_period,
  last_period,
  next_release_date,
from {{ ref('stg_pipeline__source_state') }}
order by source_code, table_id
