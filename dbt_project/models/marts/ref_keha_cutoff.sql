select
  starts,
  quantity,
  cutoff,
  pinned_lo,
  pinned_hi,
from {{ ref('keha_cutoff') }}
order by quantity, cutoff
