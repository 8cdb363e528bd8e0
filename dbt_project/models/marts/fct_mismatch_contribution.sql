with

scores as (

  select
    partition,
    period,
    mismatch,
  from {{ ref('int_score_mismatch') }}
  where
    data_source = 'register'
    and area_code = '{{ var("country_code") }}'
    and alpha = {{ var('contribution_alpha') }}

),

-- Where the cells of each partition come from.
table_of_partition as (

  select
    partition,
    table_id,
  from (values ('region', '12r5'), ('occ4', '12ti'), ('region_x_occ4', '12ti')) as listed (partition, table_id)

)

select
  shared.period,
  '{{ var("country_code") }}' as area_code,
  shared.partition,
  {{ var('contribution_alpha') }}::double as alpha,
  shared.cell_area_code,
  shared.cell_occupation_code,
  shared.is_remainder,
  shared.contribution,
  case when scores.mismatch > 0 then shared.contribution / scores.mismatch end as share_of_index,
  case
    when shared.contribution is null then 'suppressed_secondary'
    when scores.mismatch = 0 then 'undefined'
    else 'ok'
  end as share_of_index_reason,
  case shared.direction_sign when 1 then 'short' when -1 then 'surplus' end as direction,
  shared.cells,
  vintages.vintage_id,
  vintages.known_from,
  null::timestamp as known_to,
  vintages.division_year,
  '{{ var("method_version") }}' as method_version,
  if(shared.contribution is null, 'interval_only', shared.value_kind) as value_kind,
  if(shared.contribution is null, 'suppressed_secondary', 'ok') as reason,
  shared.coverage,
  'passed' as gate_state,
from {{ ref('int_share_out_mismatch') }} as shared
inner join scores using (partition, period)
inner join table_of_partition using (partition)
inner join {{ ref('stg_statfin__vintages') }} as vintages using (table_id, period)
order by shared.partition, shared.period, shared.cell_area_code, shared.cell_occupation_code
