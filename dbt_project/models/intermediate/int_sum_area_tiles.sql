select
  totals.period,
  tiles.area_level,
  tiles.area_code,
  {{ as_sum('unemployed', filled='unemployed_filled', order_by='tiles.tile_area_code') }},
  {{ as_sum('vacancies', filled='vacancies_filled', order_by='tiles.tile_area_code') }},
  case when bool_and(labour_force_reason = 'ok') then sum(labour_force) end::bigint as labour_force,
  case
    when bool_and(labour_force_reason = 'ok') then 'ok'
    when bool_and(labour_force_reason in ('ok', 'suppressed_source')) then 'suppressed_source'
    else 'not_in_source'
  end as labour_force_reason,
from {{ ref('int_tile_areas') }} as tiles
inner join {{ ref('int_fill_area_totals') }} as totals
  on
    tiles.tile_area_code = totals.area_code
    and tiles.is_on_borders_of_today is not distinct from totals.is_on_borders_of_today
group by all
