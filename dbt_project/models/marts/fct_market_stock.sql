{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
with

published_totals as (

  select
    stocks.period,
    stocks.area_code,
    nested.area_level,
    {{ total }} as occupation_code,
    'total' as occupation_level,
    '12r5' as table_id,
    {{ as_published('unemployed') }},
    {{ as_published('vacancies') }},
    stocks.labour_force,
    stocks.labour_force_reason,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)

),

summed_totals as (

  select
    *,
    {{ total }} as occupation_code,
    'total' as occupation_level,
    '12r5' as table_id,
  from {{ ref('int_sum_area_tiles') }}

),

published_occupations as (

  select
    stocks.period,
    stocks.area_code,
    nested.area_level,
    stocks.occupation_code,
    occupation.occupation_level,
    '12ti' as table_id,
    {{ as_published('unemployed') }},
    {{ as_published('vacancies') }},
    null::bigint as labour_force,
    'not_applicable' as labour_force_reason,
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.occupation_level in ('occ4', 'special')

),

summed_occupations as (

  select
    rolled.*,
    nested.area_level,
    '12ti' as table_id,
    null::bigint as labour_force,
    'not_applicable' as labour_force_reason,
  from {{ ref('int_roll_up_occupations') }} as rolled
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)

),

stocks as (

  select * from published_totals
  union all by name
  select * from summed_totals
  union all by name
  select * from published_occupations
  union all by name
  select * from summed_occupations

)

select
  stocks.period,
  stocks.area_code,
  stocks.occupation_code,
  stocks.area_level,
  stocks.occupation_level,
  stocks.unemployed,
  stocks.unemployed_lo::bigint as unemployed_lo,
  stocks.unemployed_hi::bigint as unemployed_hi,
  stocks.unemployed_est,
  stocks.unemployed_reason,
  stocks.unemployed_kind,
  stocks.unemployed_coverage,
  stocks.vacancies,
  stocks.vacancies_lo::bigint as vacancies_lo,
  stocks.vacancies_hi::bigint as vacancies_hi,
  stocks.vacancies_est,
  stocks.vacancies_reason,
  stocks.vacancies_kind,
  stocks.vacancies_coverage,
  stocks.labour_force,
  stocks.labour_force_reason,
  x_shares.x_share_unemployed,
  coalesce(x_shares.x_share_unemployed_reason, 'not_in_source') as x_share_unemployed_reason,
  x_shares.x_share_vacancies,
  coalesce(x_shares.x_share_vacancies_reason, 'not_in_source') as x_share_vacancies_reason,
  unlocated.unlocated_share_vacancies,
  coalesce(unlocated.unlocated_share_vacancies_reason, 'not_applicable') as unlocated_share_vacancies_reason,
  vintages.vintage_id,
  vintages.source_updated_at as known_from,
  null::timestamp as known_to,
  if(tiled.area_code is null, vintages.division_year, {{ var('reference_division_year') }}) as division_year,
  '{{ var("method_version") }}' as method_version,
  {{ weaker_kind('stocks.unemployed_kind', 'stocks.vacancies_kind') }} as value_kind,
  if(stocks.unemployed_reason != 'ok', stocks.unemployed_reason, stocks.vacancies_reason) as reason,
  least(stocks.unemployed_coverage, stocks.vacancies_coverage) as coverage,
  'passed' as gate_state,
from stocks
inner join {{ ref('stg_statfin__vintages') }} as vintages using (table_id)
left join {{ ref('int_measure_x_share') }} as x_shares
  on stocks.period = x_shares.period and stocks.area_code = x_shares.area_code
left join {{ ref('int_measure_unlocated_share') }} as unlocated
  on
    stocks.period = unlocated.period
    and stocks.area_code = '{{ var("country_code") }}'
    and stocks.occupation_code = {{ total }}
left join (select distinct area_code from {{ ref('int_tile_areas') }}) as tiled
  on stocks.area_code = tiled.area_code
