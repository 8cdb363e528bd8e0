with

pulls as (

  {% for table_id in ['12ti', '12r5', '11n1', '137i'] %}
  select distinct
    '{{ table_id }}' as table_id,
    vintage_id,
    period,
    source_updated_at,
    retrieved_at,
    division,
  from {{ source('statfin', table_id) }}
  {{ 'union all' if not loop.last }}
  {% endfor %}

)

select
  table_id,
  period,
  vintage_id,
  source_updated_at,
  retrieved_at,
  division,
  try_cast(regexp_extract(division, '\d{4}') as integer) as division_year,
from pulls
qualify row_number() over (
  partition by table_id, period
  order by source_updated_at desc, retrieved_at desc, vintage_id desc
) = 1
