with

-- Two vintages that follow each other for a period, where their contents differ; equal ones are not looked at cell by cell.
pairs as (

  select
    table_id,
    period,
    lag(vintage_id) over earlier as vintage_before,
    vintage_id as vintage_after,
    lag(division) over earlier as division_before,
    division as division_after,
    known_at,
    lag(fingerprint) over earlier as fingerprint_before,
    fingerprint,
  from {{ ref('stg_statfin__vintage_periods') }}
  window earlier as (partition by table_id, period order by vintage_number)
  qualify vintage_before is not null and fingerprint_before != fingerprint

),

{% for table_id, table in compared_tables().items() %}
{%- set keys = ['period', 'vintage_after'] + table['keys'] %}
{%- for side in ['before', 'after'] %}
{{ side }}_{{ table_id }} as (

  select
    pairs.vintage_after,
    landed.*,
  from pairs
  inner join {{ source('statfin', table_id) }} as landed
    on pairs.vintage_{{ side }} = landed.vintage_id and pairs.period = landed.period
  where pairs.table_id = '{{ table_id }}'

),
{% endfor %}
{%- for measure, content in table['measures'].items() %}
{{ measure }}_{{ table_id }} as (

  select
    '{{ table_id }}' as table_id,
    period,
    vintage_after,
    area_code,
    {{ 'occupation_code' if 'occupation_code' in table['keys'] else "'" ~ var('total_occupation_code') ~ "' as occupation_code" }},
    '{{ measure }}' as measure,
    {%- for side in ['before', 'after'] %}
    {{ side }}_{{ table_id }}.{{ content }}::double{{ ' * ' ~ table['unit'] if 'unit' in table }} as value_{{ side }},
    coalesce(
      {{ reason_of(side ~ '_' ~ table_id ~ '.' ~ content, side ~ '_' ~ table_id ~ '.' ~ content ~ '_symbol') }},
      'not_in_source'
    ) as reason_{{ side }},
    {%- endfor %}
  from before_{{ table_id }}
  full outer join after_{{ table_id }} using ({{ keys | join(', ') }})
  where value_before is distinct from value_after or reason_before != reason_after

),
{% endfor %}
{%- endfor %}
changed as (

  {% for table_id, table in compared_tables().items() %}
  {%- set is_last_table = loop.last %}
  {%- for measure in table['measures'] %}
  select * from {{ measure }}_{{ table_id }}
  {{ 'union all' if not (loop.last and is_last_table) }}
  {% endfor %}
  {%- endfor %}

)

select
  table_id,
  changed.measure,
  changed.area_code,
  changed.occupation_code,
  period,
  pairs.vintage_before,
  vintage_after,
  pairs.division_before,
  pairs.division_after,
  changed.value_before,
  changed.value_after,
  changed.reason_before,
  changed.reason_after,
  pairs.known_at,
from changed
inner join pairs using (table_id, period, vintage_after)
