select
  quantity,
  direction::integer as direction,
  quantile,
  cutoff,
  base_from,
  base_to,
  base_cells,
  base_mean,
  base_deviation,
  is_regular,
  is_final,
from {{ ref('int_freeze_score_cutoffs') }}
order by quantity, quantile
