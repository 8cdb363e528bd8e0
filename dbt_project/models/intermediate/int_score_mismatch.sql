with

cells as (

  select
    data_source,
    frequency,
    partition,
    period,
    cell_code,
    unemployed,
    unemployed_lo,
    unemployed_hi,
    vacancies,
    vacancies_lo,
    vacancies_hi,
    case
      when unemployed_reason not in ('ok', 'suppressed_source') then unemployed_reason
      when vacancies_reason not in ('ok', 'suppressed_source') then vacancies_reason
    end as missing_reason,
  from {{ ref('int_collect_index_cells') }}

),

-- Shares are taken within the cells of the partition: the totals are sums of the very same cells (gate G1).
sums as (

  select
    data_source,
    frequency,
    partition,
    period,
    count(*) as cells,
    min(missing_reason) as missing_reason,
    count(*) = count(unemployed) and count(*) = count(vacancies) as is_filled,
    bool_and(coalesce(unemployed_lo = unemployed_hi and vacancies_lo = vacancies_hi, false)) as is_exact,
    sum(unemployed order by cell_code) as unemployed_total,
    sum(vacancies order by cell_code) as vacancies_total,
    coalesce(sum(unemployed) filter (unemployed_lo = unemployed_hi), 0) as unemployed_visible,
    coalesce(sum(vacancies) filter (vacancies_lo = vacancies_hi), 0) as vacancies_visible,
    case when count(missing_reason) = 0 then sum(unemployed_lo) end as unemployed_lo,
    case when count(missing_reason) = 0 then sum(unemployed_hi) end as unemployed_hi,
    case when count(missing_reason) = 0 then sum(vacancies_lo) end as vacancies_lo,
    case when count(missing_reason) = 0 then sum(vacancies_hi) end as vacancies_hi,
  from cells
  group by all

),

-- The partitions of one source cut up the same whole, so the narrowest interval of its total holds for each of them.
totals as (

  select
    *,
    case
      when missing_reason is not null then missing_reason
      when not is_filled then 'suppressed_source'
      when unemployed_total = 0 or vacancies_total = 0 then 'undefined'
      else 'ok'
    end as mismatch_reason,
    max(unemployed_lo) over whole as unemployed_min,
    min(unemployed_hi) over whole as unemployed_max,
    max(vacancies_lo) over whole as vacancies_min,
    min(vacancies_hi) over whole as vacancies_max,
  from sums
  window whole as (partition by data_source, period)

)

select
  totals.data_source,
  totals.frequency,
  totals.partition,
  totals.period,
  grid.alpha,
  grid.is_published,
  any_value(totals.mismatch_reason) as mismatch_reason,
  case when any_value(totals.mismatch_reason) = 'ok' then
    {{ mismatch_index('grid.alpha', 'cells.unemployed', 'cells.vacancies', 'totals.unemployed_total', 'totals.vacancies_total', 'cells.cell_code') }}
  end as mismatch,
  case when any_value(totals.mismatch_reason) in ('ok', 'suppressed_source') then
    {{ mismatch_index('grid.alpha', 'cells.unemployed_hi', 'cells.vacancies_hi', 'totals.unemployed_min', 'totals.vacancies_min', 'cells.cell_code') }}
  end as outer_lo,
  case when any_value(totals.mismatch_reason) in ('ok', 'suppressed_source') then
    {{ mismatch_index('grid.alpha', 'cells.unemployed_lo', 'cells.vacancies_lo', 'totals.unemployed_max', 'totals.vacancies_max', 'cells.cell_code') }}
  end as outer_hi,
  case when any_value(totals.mismatch_reason) = 'ok' then
    {{ dissimilarity('cells.unemployed', 'cells.vacancies', 'totals.unemployed_total', 'totals.vacancies_total', 'cells.cell_code') }}
  end as jackman_roper,
  any_value(totals.cells) as cells,
  case when any_value(totals.is_filled) then any_value(totals.unemployed_total) end as unemployed_total,
  case when any_value(totals.is_filled) then any_value(totals.vacancies_total) end as vacancies_total,
  any_value(totals.is_exact) as is_exact,
  any_value(least(
    totals.unemployed_visible / totals.unemployed_max,
    totals.vacancies_visible / totals.vacancies_max
  )) as coverage,
from totals
inner join cells using (data_source, frequency, partition, period)
cross join {{ ref('index_alpha') }} as grid
group by all
