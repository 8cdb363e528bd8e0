{{ config(schema='experimental') }}

select
  period,
  alpha,
  unemployment_rate,
  mismatch,
  rate_without_mismatch,
  mismatch_unemployment,
  reason as mismatch_unemployment_reason,
from {{ source('matching', 'unemployment_without_mismatch') }}
