{%- set measures = ['unemployed', 'vacancies'] -%}
{%- set country = "'" ~ var('country_code') ~ "'" -%}
{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
{%- set too_few = "between 1 and " ~ (var('fewest_blanks_in_estimate') - 1) -%}
{#- Share of a cell that is certainly visible; the lower of the two sides. -#}
{%- set visible_share -%}
  round(least(coalesce(unemployed_visible / nullif(unemployed_hi, 0), 1), coalesce(vacancies_visible / nullif(vacancies_hi, 0), 1)), 9)
{%- endset -%}
with

scores as (

  select
    partition,
    period,
    mismatch,
    unemployed_total,
    vacancies_total,
    is_exact,
  from {{ ref('int_score_mismatch') }}
  where
    data_source = 'register'
    and area_code = {{ country }}
    and partition in ('region', 'occ4', 'region_x_occ4')
    and alpha = {{ var('contribution_alpha') }}
    and mismatch_reason = 'ok'

),

-- A market without jobseekers and vacancies adds nothing, and is left out.
cells as (

  select
    scores.partition,
    scores.period,
    cells.cell_area_code,
    cells.cell_occupation_code,
    scores.is_exact,
    {% for measure in measures %}
    cells.{{ measure }}_blanks,
    cells.{{ measure }}_lo - {{ var('suppressed_lo') }} * cells.{{ measure }}_blanks as {{ measure }}_visible,
    cells.{{ measure }}_hi,
    {% endfor %}
    {{ contribution('cells.unemployed', 'cells.vacancies', 'scores.unemployed_total', 'scores.vacancies_total') }} as contribution,
    {{ contribution(
      'cells.unemployed_releasable', 'cells.vacancies_releasable', 'scores.unemployed_total', 'scores.vacancies_total'
    ) }} as releasable_contribution,
    sign(cells.vacancies_releasable / scores.vacancies_total - cells.unemployed_releasable / scores.unemployed_total)
      as direction_sign,
  from scores
  inner join {{ ref('int_collect_index_cells') }} as cells
    on
      cells.data_source = 'register'
      and scores.partition = cells.cell_level
      and scores.period = cells.period
  where cells.unemployed_hi > 0 or cells.vacancies_hi > 0

),

-- Of an occupation in the country the source withholds parts. Where these are one or two, their fill must not show.
occupations as (

  select
    *,
    {{ 'unemployed_blanks ' ~ too_few ~ ' or vacancies_blanks ' ~ too_few }} as has_few_blanks,
    {% for measure in measures %}
    sum({{ measure }}_blanks) filter (has_few_blanks) over same_month as {{ measure }}_blanks_in_group,
    {% endfor %}
    has_few_blanks
    or (
      unemployed_blanks + vacancies_blanks > 0
      and coalesce({{ 'unemployed_blanks_in_group ' ~ too_few ~ ' or vacancies_blanks_in_group ' ~ too_few }}, false)
    ) as is_shared_out,
  from cells
  where partition = 'occ4'
  window same_month as (partition by period)

),

-- So the group of such occupations keeps its sum, in which many blanks stand, and shares it out by what each would add with the
-- middle of the interval in place of a blank.
shared_out as (

  select
    partition,
    period,
    cell_area_code,
    cell_occupation_code,
    case
      when is_shared_out
        then releasable_contribution
          * {{ exact_sum('contribution', over='same_group') }}
          / nullif({{ exact_sum('releasable_contribution', over='same_group') }}, 0)
      else contribution
    end as contribution,
    direction_sign,
    {{ visible_share }} as coverage,
    case when is_shared_out then 'modelled' when is_exact then 'exact' else 'estimated' end as value_kind,
  from occupations
  window same_group as (partition by period, is_shared_out)

),

withheld_by_area as (

  select
    partition,
    period,
    cell_area_code,
    {% for measure in measures %}
    sum({{ measure }}_blanks) as {{ measure }}_blanks,
    sum({{ measure }}_visible) as {{ measure }}_visible,
    sum({{ measure }}_hi) as {{ measure }}_hi,
    {% endfor %}
    {{ exact_sum('contribution') }} as contribution,
    count(*) as cells,
  from cells
  where partition in ('region', 'region_x_occ4') and unemployed_blanks + vacancies_blanks > 0
  group by partition, period, cell_area_code

),

-- Where an area has but one or two blanks, the remainders of all areas go together.
remainders as (

  select
    *,
    partition = 'region' or unemployed_blanks {{ too_few }} or vacancies_blanks {{ too_few }} as has_few_blanks,
    if(bool_or(has_few_blanks) over same_month, {{ country }}, cell_area_code) as remainder_area_code,
  from withheld_by_area
  window same_month as (partition by partition, period)

)

select
  partition,
  period,
  cell_area_code,
  cell_occupation_code,
  false as is_remainder,
  contribution,
  direction_sign,
  1 as cells,
  {{ visible_share }} as coverage,
  if(is_exact, 'exact', 'estimated') as value_kind,
from cells
where partition in ('region', 'region_x_occ4') and unemployed_blanks + vacancies_blanks = 0

union all

select
  partition,
  period,
  cell_area_code,
  cell_occupation_code,
  false as is_remainder,
  contribution,
  direction_sign,
  1 as cells,
  coverage,
  value_kind,
from shared_out

union all

select
  partition,
  period,
  remainder_area_code as cell_area_code,
  {{ total }} as cell_occupation_code,
  true as is_remainder,
  case
    when not (sum(unemployed_blanks) {{ too_few }} or sum(vacancies_blanks) {{ too_few }}) then {{ exact_sum('contribution') }}
  end as contribution,
  null as direction_sign,
  sum(cells)::bigint as cells,
  round(least(
    {% for measure in measures %}
    coalesce(sum({{ measure }}_visible) / nullif(sum({{ measure }}_hi), 0), 1){{ ',' if not loop.last }}
    {% endfor %}
  ), 9) as coverage,
  'estimated' as value_kind,
from remainders
group by partition, period, remainder_area_code
