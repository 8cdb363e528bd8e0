{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
with

-- All occupations together; then by occupation, as the source prints them and summed from what it prints.
stocks as (

  select
    totals.period,
    totals.area_code,
    totals.area_level,
    {{ total }} as occupation_code,
    'total' as occupation_level,
    '12r5' as table_id,
    {{ measure_columns('unemployed', 'totals') }},
    {{ measure_columns('vacancies', 'totals') }},
    totals.labour_force,
    totals.labour_force_reason,
  from {{ ref('int_collect_area_totals') }} as totals

  union all by name

  select
    published.period,
    published.area_code,
    nested.area_level,
    published.occupation_code,
    occupation.occupation_level,
    '12ti' as table_id,
    {{ as_published('unemployed') }},
    {{ as_published('vacancies') }},
    null::bigint as labour_force,
    'not_applicable' as labour_force_reason,
  from {{ ref('stg_statfin__occupation_stocks') }} as published
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.occupation_level in ('occ4', 'special')

  union all by name

  select
    summed.period,
    summed.area_code,
    nested.area_level,
    summed.occupation_code,
    summed.occupation_level,
    '12ti' as table_id,
    {{ measure_columns('unemployed', 'summed') }},
    {{ measure_columns('vacancies', 'summed') }},
    null::bigint as labour_force,
    'not_applicable' as labour_force_reason,
  from {{ ref('int_roll_up_occupations') }} as summed
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)

  union all by name

  select
    summed.period,
    summed.area_code,
    'employment_area' as area_level,
    summed.occupation_code,
    summed.occupation_level,
    '12ti_municipalities' as table_id,
    {{ measure_columns('unemployed', 'summed') }},
    {{ measure_columns('vacancies', 'summed') }},
    null::bigint as labour_force,
    'not_applicable' as labour_force_reason,
  from {{ ref('int_sum_employment_area_occupations') }} as summed

),

-- The employed are those of the last week of the year.
employed as (

  select
    make_date(year, 12, 1) as month,
    year,
    area_code,
    occupation_code,
    employed,
    employed_reason,
    employed_kind,
    employed_known_from,
  from {{ ref('int_model_employed') }}

),

-- The keys as columns: a condition on one side alone would have every row compared with every other.
unlocated as (

  select
    period,
    '{{ var("country_code") }}' as area_code,
    {{ total }} as occupation_code,
    unlocated_share_vacancies,
    unlocated_share_vacancies_reason,
  from {{ ref('int_measure_unlocated_share') }}

)

select
  stocks.period,
  stocks.area_code,
  stocks.occupation_code,
  stocks.area_level,
  stocks.occupation_level,
  {{ measure_columns('unemployed', 'stocks') }},
  {{ measure_columns('vacancies', 'stocks') }},
  stocks.labour_force,
  stocks.labour_force_reason,
  employed.employed,
  coalesce(employed.employed_reason, 'not_in_source') as employed_reason,
  employed.year as employed_year,
  coalesce(employed.employed_kind, 'interval_only') as employed_kind,
  employed.employed_known_from,
  x_shares.x_share_unemployed,
  coalesce(x_shares.x_share_unemployed_reason, 'not_in_source') as x_share_unemployed_reason,
  x_shares.x_share_vacancies,
  coalesce(x_shares.x_share_vacancies_reason, 'not_in_source') as x_share_vacancies_reason,
  unlocated.unlocated_share_vacancies,
  coalesce(unlocated.unlocated_share_vacancies_reason, 'not_applicable') as unlocated_share_vacancies_reason,
  vintages.vintage_id,
  vintages.known_from,
  null::timestamp as known_to,
  if(tiled.area_code is null, vintages.division_year, {{ var('reference_division_year') }}) as division_year,
  '{{ var("method_version") }}' as method_version,
  {{ weaker_kind('stocks.unemployed_kind', 'stocks.vacancies_kind') }} as value_kind,
  if(stocks.unemployed_reason != 'ok', stocks.unemployed_reason, stocks.vacancies_reason) as reason,
  least(stocks.unemployed_coverage, stocks.vacancies_coverage) as coverage,
  'passed' as gate_state,
from stocks
inner join {{ ref('stg_statfin__vintages') }} as vintages using (table_id, period)
left join {{ ref('int_measure_x_share') }} as x_shares using (period, area_code)
left join unlocated using (period, area_code, occupation_code)
left join (select distinct area_code from {{ ref('int_tile_areas') }}) as tiled
  on stocks.area_code = tiled.area_code
asof left join employed
  on
    stocks.area_code = employed.area_code
    and stocks.occupation_code = employed.occupation_code
    and stocks.period >= employed.month
