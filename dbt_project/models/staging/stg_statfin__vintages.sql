with

transfers as (

  select year(max(valid_from)) as last_year
  from {{ ref('region_transfer') }}

),

shown as (

  select
    *,
    row_number() over newest_first as place,
    first_value(fingerprint) over newest_first as newest_fingerprint,
    first_value(division) over newest_first as newest_division,
  from {{ ref('stg_statfin__vintage_periods') }}
  window newest_first as (partition by table_id, period order by vintage_number desc)

),

-- The unbroken run of vintages, back from the newest, on its division; and within it, with its contents.
runs as (

  select
    *,
    bool_and(division is not distinct from newest_division) over back as has_same_division,
    bool_and(division is not distinct from newest_division and fingerprint = newest_fingerprint) over back as is_unchanged,
  from shown
  window back as (partition by table_id, period order by place)

)

select
  table_id,
  period,
  max(vintage_id) filter (place = 1) as vintage_id,
  max(source_updated_at) filter (place = 1) as source_updated_at,
  max(retrieved_at) filter (place = 1) as retrieved_at,
  max(newest_division) as division,
  max(division_year) filter (place = 1) as division_year,
  min(known_at) filter (is_unchanged) as known_from,
  min(known_at) filter (has_same_division) as division_known_from,
  not bool_or(is_newest) as is_dropped_by_source,
  coalesce(max(division_year) filter (place = 1) >= max(transfers.last_year), true) as is_on_borders_of_today,
from runs
cross join transfers
group by table_id, period
