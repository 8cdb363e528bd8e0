{%- set data_kind = env_var('KOHTAANTO_DATA_KIND', 'synthetic') -%}
{%- set attribution_prefix = {
  'synthetic': 'SYNTHETIC, not real data. Laid out as: ',
  'recorded': 'RECORDED and replayed; release time and regional division as the replay server states them: ',
  'live': '',
}[data_kind] -%}
select
  vintages.vintage_id,
  'statfin' as source_code,
  vintages.table_id,
  tables.table_title,
  vintages.source_updated_at,
  vintages.retrieved_at,
  vintages.division,
  '{{ data_kind }}' as data_kind,
  tables.publisher,
  tables.licence,
  '{{ attribution_prefix }}' || tables.citation || ', updated ' || strftime(vintages.source_updated_at, '%Y-%m-%d') || ', ' || tables.licence as attribution,
from (
  select distinct table_id, vintage_id, source_updated_at, retrieved_at, division
  from {{ ref('stg_statfin__vintages') }}
) as vintages
inner join {{ ref('statfin_table') }} as tables using (table_id)
order by vintages.vintage_id
