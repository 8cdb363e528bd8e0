select
  vintages.vintage_id,
  'statfin' as source_code,
  vintages.table_id,
  tables.table_title,
  vintages.source_updated_at,
  vintages.retrieved_at,
  vintages.division,
  '{{ env_var("KOHTAANTO_DATA_KIND", "synthetic") }}' as data_kind,
  tables.publisher,
  tables.licence,
  {% if env_var('KOHTAANTO_DATA_KIND', 'synthetic') == 'synthetic' %}'SYNTHETIC, not real data. Laid out as: ' || {% endif -%}
  tables.citation || ', updated ' || strftime(vintages.source_updated_at, '%Y-%m-%d') || ', ' || tables.licence as attribution,
from (
  select distinct table_id, vintage_id, source_updated_at, retrieved_at, division
  from {{ ref('stg_statfin__vintages') }}
) as vintages
inner join {{ ref('statfin_table') }} as tables using (table_id)
order by vintages.vintage_id
