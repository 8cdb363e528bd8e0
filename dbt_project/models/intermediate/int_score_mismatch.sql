{%- set measures = ['unemployed', 'vacancies'] -%}
{%- set country = "'" ~ var('country_code') ~ "'" -%}
with

-- Cells of areas by occupations make two kinds of partition: of the country, and of each of the areas by occupation.
cells as (

  select
    *,
    contains(cell_level, '_x_') as is_two_way,
    if(is_two_way, cell_area_code, {{ country }}) as parent_area_code,
    case
      when unemployed_reason not in ('ok', 'suppressed_source') then unemployed_reason
      when vacancies_reason not in ('ok', 'suppressed_source') then vacancies_reason
    end as missing_reason,
  from {{ ref('int_collect_index_cells') }}

),

parent_sums as (

  select
    data_source,
    frequency,
    period,
    cell_level,
    parent_area_code,
    occupation_level,
    is_two_way,
    count(*) as cells,
    count(*) = count(unemployed) and count(*) = count(vacancies) as is_filled,
    min(missing_reason) as missing_reason,
    {% for measure in measures %}
    {{ exact_sum(measure) }} as {{ measure }}_total,
    sum({{ measure }}_blanks)::bigint as {{ measure }}_blanks,
    sum({{ measure }}_lo) as {{ measure }}_lo,
    sum({{ measure }}_hi) as {{ measure }}_hi,
    {% endfor %}
  from cells
  group by data_source, frequency, period, cell_level, parent_area_code, occupation_level, is_two_way

),

-- With the side of the join as a column: a condition on one side alone would have every row compared with every other.
bounds as (

  select
    *,
    true as is_two_way,
  from {{ ref('int_bound_occupational_totals') }}

),

-- The total of an area is known beside its cells: what the source prints for it, less the X codes. (A NULL bounds nothing.)
bounded_sums as (

  select
    parent_sums.*,
    {% for measure in measures %}
    greatest(parent_sums.{{ measure }}_lo, bounds.{{ measure }}_min) as {{ measure }}_min,
    least(parent_sums.{{ measure }}_hi, bounds.{{ measure }}_max) as {{ measure }}_max,
    {% endfor %}
  from parent_sums
  left join bounds
    on
      parent_sums.is_two_way = bounds.is_two_way
      and parent_sums.period = bounds.period
      and parent_sums.parent_area_code = bounds.area_code

),

-- Shares are taken within the cells of the partition: the totals are sums of the very same cells (gate G1).
totals as (

  select
    data_source,
    frequency,
    period,
    {{ country }} as area_code,
    cell_level as partition,
    occupation_level,
    case
      when starts_with(cell_level, 'employment_area_x_') then 'municipal cells by occupation'
      when occupation_level != 'total' then 'regional cells by occupation'
      else 'areas'
    end as whole,
    sum(cells)::bigint as cells,
    bool_and(is_filled) as is_filled,
    min(missing_reason) as missing_reason,
    {% for measure in measures %}
    {{ exact_sum(measure ~ '_total') }} as {{ measure }}_total,
    sum({{ measure }}_blanks)::bigint as {{ measure }}_blanks,
    sum({{ measure }}_lo) as {{ measure }}_lo,
    sum({{ measure }}_min) as {{ measure }}_min,
    sum({{ measure }}_max) as {{ measure }}_max,
    {% endfor %}
  from bounded_sums
  group by data_source, frequency, period, cell_level, occupation_level

  union all

  select
    data_source,
    frequency,
    period,
    parent_area_code as area_code,
    occupation_level as partition,
    occupation_level,
    'one area by occupation' as whole,
    cells,
    is_filled,
    missing_reason,
    {% for measure in measures %}
    {{ measure }}_total,
    {{ measure }}_blanks,
    {{ measure }}_lo,
    {{ measure }}_min,
    {{ measure }}_max,
    {% endfor %}
  from bounded_sums
  where is_two_way

),

-- The partitions of one whole cut it up differently, so the narrowest interval of its total holds for each of them. The floating
-- point of a fill may leave it by a hair, and then widens it.
wholes as (

  select
    totals.*,
    {% for measure in measures %}
    least(max({{ measure }}_min) over same_whole, {{ measure }}_total) as {{ measure }}_least,
    greatest(min({{ measure }}_max) over same_whole, {{ measure }}_total) as {{ measure }}_most,
    {% endfor %}
    case
      when missing_reason is not null then missing_reason
      when not is_filled then 'suppressed_source'
      {% for measure in measures %}
      when occupation_level != 'total' and {{ measure }}_blanks between 1 and {{ var('fewest_blanks_in_estimate') }} - 1
        then 'suppressed_secondary'
      {% endfor %}
      when unemployed_total = 0 or vacancies_total = 0 then 'undefined'
      else 'ok'
    end as mismatch_reason,
    mismatch_reason in ('ok', 'suppressed_source', 'suppressed_secondary') as has_bounds,
  from totals
  window same_whole as (partition by data_source, frequency, period, area_code, whole)

),

parent_matches as (

  select
    cells.data_source,
    cells.frequency,
    cells.period,
    cells.cell_level,
    cells.parent_area_code,
    cells.occupation_level,
    cells.is_two_way,
    grid.alpha,
    grid.is_published,
    {{ exact_sum(matched('grid.alpha', 'cells.unemployed', 'cells.vacancies')) }} as matched,
    {% for bound in ['lo', 'hi'] %}
    {{ exact_sum('if(grid.is_published, ' ~ matched('grid.alpha', 'cells.unemployed_' ~ bound, 'cells.vacancies_' ~ bound) ~ ', 0)') }}
      as matched_{{ bound }},
    {% endfor %}
  from cells
  cross join {{ ref('index_alpha') }} as grid
  group by all

),

matches as (

  select
    data_source,
    frequency,
    period,
    {{ country }} as area_code,
    cell_level as partition,
    alpha,
    is_published,
    {% for sum in ['matched', 'matched_lo', 'matched_hi'] %}
    {{ exact_sum(sum) }} as {{ sum }},
    {% endfor %}
  from parent_matches
  group by data_source, frequency, period, cell_level, alpha, is_published

  union all

  select
    data_source,
    frequency,
    period,
    parent_area_code as area_code,
    occupation_level as partition,
    alpha,
    is_published,
    matched,
    matched_lo,
    matched_hi,
  from parent_matches
  where is_two_way

),

dissimilarities as (

  {% for area_code, partition, which in [(country, 'cell_level', 'true'), ('parent_area_code', 'occupation_level', 'is_two_way')] %}
  select
    cells.data_source,
    cells.frequency,
    cells.period,
    totals.area_code,
    totals.partition,
    {{ dissimilarity('cells.unemployed', 'cells.vacancies', 'totals.unemployed_total', 'totals.vacancies_total') }}
      as jackman_roper,
  from cells
  inner join totals
    on
      cells.data_source = totals.data_source
      and cells.frequency = totals.frequency
      and cells.period = totals.period
      and cells.{{ partition }} = totals.partition
      and {{ area_code if area_code == country else 'cells.' ~ area_code }} = totals.area_code
  where {{ which }} and totals.unemployed_total > 0 and totals.vacancies_total > 0
  group by cells.data_source, cells.frequency, cells.period, totals.area_code, totals.partition
  {{ 'union all' if not loop.last }}
  {% endfor %}

)

select
  data_source,
  frequency,
  area_code,
  partition,
  period,
  wholes.occupation_level,
  matches.alpha,
  matches.is_published,
  wholes.mismatch_reason,
  case
    when wholes.mismatch_reason = 'ok'
      then {{ mismatch_index('matches.alpha', 'matches.matched', 'wholes.unemployed_total', 'wholes.vacancies_total') }}
  end as mismatch,
  case
    when wholes.has_bounds
      then {{ mismatch_index('matches.alpha', 'matches.matched_hi', 'wholes.unemployed_least', 'wholes.vacancies_least') }}
  end as outer_lo,
  case
    when wholes.has_bounds
      then {{ mismatch_index('matches.alpha', 'matches.matched_lo', 'wholes.unemployed_most', 'wholes.vacancies_most') }}
  end as outer_hi,
  case when wholes.mismatch_reason = 'ok' then dissimilarities.jackman_roper end as jackman_roper,
  wholes.cells,
  {% for measure in measures %}
  case when wholes.is_filled then wholes.{{ measure }}_total end as {{ measure }}_total,
  wholes.{{ measure }}_blanks,
  {% endfor %}
  wholes.unemployed_blanks + wholes.vacancies_blanks = 0 and wholes.missing_reason is null as is_exact,
  case
    when wholes.mismatch_reason = 'ok' then round(least(
      {% for measure in measures %}
      (wholes.{{ measure }}_lo - {{ var('suppressed_lo') }} * wholes.{{ measure }}_blanks) / wholes.{{ measure }}_most
      {{- ',' if not loop.last }}
      {% endfor %}
    ), 9)
    else 0
  end as coverage,
from matches
inner join wholes using (data_source, frequency, period, area_code, partition)
left join dissimilarities using (data_source, frequency, period, area_code, partition)
