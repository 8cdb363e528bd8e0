with

periods as (

  {% for table_id, table in landed_tables().items() %}
  {%- set columns = table['keys'] | list -%}
  {%- for content in table['contents'] %}
  {%- do columns.extend([content, content ~ '_symbol']) -%}
  {% endfor %}
  select
    '{{ table_id }}' as table_id,
    vintage_id,
    period,
    source_updated_at,
    retrieved_at,
    division,
    count(*) as cells,
    {{ fingerprint(columns) }} as fingerprint,
  from {{ source('statfin', table_id) }}
  group by all
  {{ 'union all' if not loop.last }}
  {% endfor %}

),

numbered as (

  select
    *,
    dense_rank() over (
      partition by table_id
      order by source_updated_at, retrieved_at, vintage_id
    ) as vintage_number,
    min(retrieved_at) over (partition by table_id, source_updated_at) as first_retrieved_at,
  from periods

)

select
  table_id,
  period,
  vintage_id,
  vintage_number,
  source_updated_at,
  retrieved_at,
  -- A second pull of one release: what it changed became known when it was made.
  if(retrieved_at = first_retrieved_at, source_updated_at, retrieved_at) as known_at,
  division,
  try_cast(regexp_extract(division, '\d{4}') as integer) as division_year,
  cells,
  fingerprint,
  vintage_number = max(vintage_number) over (partition by table_id) as is_newest,
from numbered
