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
totals as (

  select
    data_source,
    frequency,
    partition,
    period,
    count(*) as cells,
    count(*) = count(unemployed) and count(*) = count(vacancies) as is_filled,
    bool_and(coalesce(unemployed_lo = unemployed_hi and vacancies_lo = vacancies_hi, false)) as is_exact,
    sum(unemployed order by cell_code) as unemployed_total,
    sum(vacancies order by cell_code) as vacancies_total,
    case
      when count(missing_reason) > 0 then min(missing_reason)
      when not is_filled then 'suppressed_source'
      when unemployed_total = 0 or vacancies_total = 0 then 'undefined'
      else 'ok'
    end as mismatch_reason,
    coalesce(sum(unemployed) filter (unemployed_lo = unemployed_hi), 0) as unemployed_visible,
    coalesce(sum(vacancies) filter (vacancies_lo = vacancies_hi), 0) as vacancies_visible,
    case when count(missing_reason) = 0 then sum(unemployed_lo) end as unemployed_lo,
    case when count(missing_reason) = 0 then sum(unemployed_hi) end as unemployed_hi,
    case when count(missing_reason) = 0 then sum(vacancies_lo) end as vacancies_lo,
    case when count(missing_reason) = 0 then sum(vacancies_hi) end as vacancies_hi,
  from cells
  group by data_source, frequency, partition, period

),

-- The partitions of one source cut up the same whole, so the narrowest interval of its total holds for each of them.
wholes as (

  select
    data_source,
    period,
    max(unemployed_lo) as unemployed_min,
    min(unemployed_hi) as unemployed_max,
    max(vacancies_lo) as vacancies_min,
    min(vacancies_hi) as vacancies_max,
  from totals
  group by data_source, period

),

scores as (

  select
    data_source,
    frequency,
    partition,
    period,
    grid.alpha,
    grid.is_published,
    {{ mismatch_index(
      'grid.alpha', 'cells.unemployed', 'cells.vacancies', 'totals.unemployed_total', 'totals.vacancies_total', 'cells.cell_code'
    ) }} as mismatch,
    {{ mismatch_index(
      'grid.alpha', 'cells.unemployed_hi', 'cells.vacancies_hi', 'wholes.unemployed_min', 'wholes.vacancies_min', 'cells.cell_code'
    ) }} as outer_lo,
    {{ mismatch_index(
      'grid.alpha', 'cells.unemployed_lo', 'cells.vacancies_lo', 'wholes.unemployed_max', 'wholes.vacancies_max', 'cells.cell_code'
    ) }} as outer_hi,
    {{ dissimilarity(
      'cells.unemployed', 'cells.vacancies', 'totals.unemployed_total', 'totals.vacancies_total', 'cells.cell_code'
    ) }} as jackman_roper,
  from cells
  inner join totals using (data_source, frequency, partition, period)
  inner join wholes using (data_source, period)
  cross join {{ ref('index_alpha') }} as grid
  group by data_source, frequency, partition, period, grid.alpha, grid.is_published

)

select
  data_source,
  frequency,
  partition,
  period,
  scores.alpha,
  scores.is_published,
  totals.mismatch_reason,
  case when totals.mismatch_reason = 'ok' then scores.mismatch end as mismatch,
  case when totals.mismatch_reason in ('ok', 'suppressed_source') then scores.outer_lo end as outer_lo,
  case when totals.mismatch_reason in ('ok', 'suppressed_source') then scores.outer_hi end as outer_hi,
  case when totals.mismatch_reason = 'ok' then scores.jackman_roper end as jackman_roper,
  totals.cells,
  case when totals.is_filled then totals.unemployed_total end as unemployed_total,
  case when totals.is_filled then totals.vacancies_total end as vacancies_total,
  totals.is_exact,
  case
    when totals.mismatch_reason = 'ok' then least(
      totals.unemployed_visible / wholes.unemployed_max,
      totals.vacancies_visible / wholes.vacancies_max
    )
    else 0
  end as coverage,
from scores
inner join totals using (data_source, frequency, partition, period)
inner join wholes using (data_source, period)
