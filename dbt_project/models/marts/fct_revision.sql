{%- set everything = "'" ~ var('total_occupation_code') ~ "'" -%}
{%- set country = "'" ~ var('country_code') ~ "'" -%}
with

-- What changed in cells that both vintages have.
told_apart as (

  select
    *,
    value_after - value_before as difference,
    case
      when reason_before = 'not_in_source' then 'added'
      when reason_after = 'not_in_source' then 'dropped'
      when area_code != {{ country }} and division_before is distinct from division_after then 'division_change'
      when reason_before = 'ok' and reason_after = 'ok' then 'revision'
      else 'suppression_change'
    end as revision_kind,
  from {{ ref('stg_statfin__changes') }}

),

-- Two divisions side by side tell what moved between the areas. Where that could be a count that the source withholds, none of the
-- changes of the month is told, for one could be solved from the others; nor is a count told that is withheld by now.
judged as (

  select
    *,
    case
      when reason_before != 'ok' then reason_before
      when reason_after = 'suppressed_source' then 'suppressed_secondary'
      when
        revision_kind = 'division_change'
        and bool_or(coalesce(abs(difference) between {{ var('suppressed_lo') }} and {{ var('suppressed_hi') }}, true)) over siblings
        then 'suppressed_secondary'
      else 'ok'
    end as told_reason_before,
  from told_apart
  where revision_kind not in ('added', 'dropped')
  window siblings as (partition by table_id, vintage_after, period, occupation_code, measure, revision_kind)

),

cells as (

  select
    table_id,
    vintage_after,
    period,
    area_code,
    occupation_code,
    measure,
    revision_kind,
    vintage_before,
    case when told_reason_before = 'ok' then value_before end as value_before,
    told_reason_before as reason_before,
    value_after,
    reason_after,
    case when told_reason_before = 'ok' then difference end as revision,
    1 as cells,
    known_at,
  from judged

),

-- Cells that only one of the two vintages has, counted: which they are follows from the lists of codes.
counted as (

  select
    table_id,
    vintage_after,
    period,
    {{ country }} as area_code,
    {{ everything }} as occupation_code,
    measure,
    revision_kind,
    vintage_before,
    count(*) as cells,
    known_at,
  from told_apart
  where revision_kind in ('added', 'dropped')
  group by all

),

vintages as (

  select distinct
    table_id,
    vintage_number,
    vintage_id,
    known_at,
  from {{ ref('stg_statfin__vintage_periods') }}

),

-- Whole periods that came or went, with the vintage beside which they are missing.
periods as (

  select
    shown.table_id,
    coalesce(later.vintage_id, shown.vintage_id) as vintage_after,
    shown.period,
    {{ country }} as area_code,
    {{ everything }} as occupation_code,
    'all' as measure,
    shown.revision_kind,
    coalesce(earlier.vintage_id, shown.vintage_id) as vintage_before,
    shown.cells,
    coalesce(later.known_at, shown.known_at) as known_at,
  from (
    select
      *,
      'added' as revision_kind,
    from {{ ref('stg_statfin__vintage_periods') }}
    where table_id in ({{ compared_table_ids() }})
    union all
    select
      *,
      'dropped' as revision_kind,
    from {{ ref('stg_statfin__vintage_periods') }}
    where table_id in ({{ compared_table_ids() }})
  ) as shown
  left join vintages as earlier
    on
      shown.revision_kind = 'added'
      and shown.table_id = earlier.table_id
      and shown.vintage_number = earlier.vintage_number + 1
  left join vintages as later
    on
      shown.revision_kind = 'dropped'
      and shown.table_id = later.table_id
      and shown.vintage_number = later.vintage_number - 1
  left join {{ ref('stg_statfin__vintage_periods') }} as beside
    on coalesce(earlier.vintage_id, later.vintage_id) = beside.vintage_id and shown.period = beside.period
  where coalesce(earlier.vintage_id, later.vintage_id) is not null and beside.period is null

),

whole as (

  select * from counted
  union all by name
  select * from periods

)

select
  table_id,
  vintage_after,
  period,
  area_code,
  occupation_code,
  measure,
  revision_kind,
  vintage_before,
  value_before,
  reason_before,
  value_after,
  reason_after,
  revision,
  cells::bigint as cells,
  known_at,
from cells

union all by name

select
  *,
  null::double as value_before,
  if(revision_kind = 'added', 'not_in_source', 'not_applicable') as reason_before,
  null::double as value_after,
  if(revision_kind = 'added', 'not_applicable', 'not_in_source') as reason_after,
  null::double as revision,
from whole
