with

vintages as (

  select distinct
    'statfin' as source_code,
    table_id,
    vintage_id,
    source_updated_at,
    retrieved_at,
    division,
    is_newest,
  from {{ ref('stg_statfin__vintage_periods') }}

  union all

  select distinct
    'tyomarkkinatori' as source_code,
    'posting_cohorts' as table_id,
    vintage_id,
    source_updated_at,
    retrieved_at,
    null::varchar as division,
    true as is_newest,
  from {{ ref('stg_tyomarkkinatori__posting_cohorts') }}

  union all

  select distinct
    'tyovoimabarometri' as source_code,
    'ratings' as table_id,
    vintage_id,
    source_updated_at,
    retrieved_at,
    null::varchar as division,
    rank() over (order by source_updated_at desc, retrieved_at desc, vintage_id desc) = 1 as is_newest,
  from {{ ref('stg_tyovoimabarometri__ratings') }}

)

select
  vintages.vintage_id,
  vintages.source_code,
  vintages.table_id,
  catalog.table_title,
  vintages.source_updated_at,
  vintages.retrieved_at,
  vintages.division,
  vintages.is_newest,
  {{ data_kind('source_code') }} as data_kind,
  catalog.publisher,
  catalog.licence,
  {{ attribution(
    'source_code', 'catalog.citation', 'catalog.licence',
    "strftime(vintages.source_updated_at, ', updated %Y-%m-%d') || strftime(vintages.retrieved_at, ', retrieved %Y-%m-%d')"
  ) }} as attribution,
  catalog.terms,
from vintages
inner join {{ ref('stg_pipeline__source_state') }} as catalog using (source_code, table_id)
order by vintages.vintage_id
