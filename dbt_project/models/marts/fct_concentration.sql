{%- set country = "'" ~ var('country_code') ~ "'" -%}
{%- set total = "'" ~ var('total_occupation_code') ~ "'" -%}
with

filled_totals as (

  select
    period,
    area_code,
    {{ total }} as occupation_code,
    vacancies_filled,
  from {{ ref('int_fill_area_totals') }}

),

-- Every count, its filled value where one was made, and the middle of its public interval. Single fills stay here: they leave only in sums.
cells as (

  select
    stocks.period,
    stocks.area_level,
    stocks.area_code,
    stocks.occupation_level,
    stocks.occupation_code,
    (stocks.vacancies_lo + stocks.vacancies_hi) / 2 as middle,
    coalesce(stocks.vacancies, filled_occupations.vacancies, filled_areas.vacancies_filled, middle) as filled,
    -- A withheld count lies between 1 and 4, so the width of a sum's interval counts those in it.
    (stocks.vacancies_hi - stocks.vacancies_lo) / {{ var('suppressed_hi') - var('suppressed_lo') }} as blanks,
    stocks.vacancies_hi,
    stocks.vacancies_coverage,
    stocks.vintage_id,
    stocks.known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  left join {{ ref('int_collect_filled_cells') }} as filled_occupations using (period, area_code, occupation_code)
  left join filled_totals as filled_areas using (period, area_code, occupation_code)
  where
    stocks.area_level in ('country', 'region', 'employment_area', 'municipality')
    and stocks.occupation_level in ('total', 'occ1', 'occ2', 'occ3', 'occ4')
    and not nested.is_residual

),

-- What the shares are over: regions or municipalities of the country, or the occupations of an area.
partitions as (

  select
    * exclude (area_code),
    area_level as partition,
    {{ country }} as area_code,
  from cells
  where area_level in ('region', 'municipality')

  union all by name

  select
    * exclude (occupation_code),
    occupation_level as partition,
    {{ total }} as occupation_code,
  from cells
  where occupation_level != 'total' and area_level != 'municipality'

),

-- Enough withheld counts hide each other and enter as filled, one or two as the middle of their intervals.
measured as (

  select
    period,
    area_code,
    occupation_code,
    partition,
    count(*) as cells,
    sum(blanks) as withheld,
    case
      when count(*) > count(middle) then 'not_in_source'
      when sum(middle) = 0 then 'no_vacancies'
      else 'ok'
    end as vacancies_concentration_reason,
    case
      when vacancies_concentration_reason != 'ok' then null
      when withheld >= {{ var('fewest_blanks_in_estimate') }} then {{ concentration_index('filled') }}
      else {{ concentration_index('middle') }}
    end as vacancies_concentration,
    case
      when vacancies_concentration_reason != 'ok' or partition != 'municipality' then null
      when withheld >= {{ var('fewest_blanks_in_estimate') }} then {{ largest_share('filled') }}
      else {{ largest_share('middle') }}
    end as largest_municipalities_share,
    sum(vacancies_coverage * vacancies_hi) / nullif(sum(vacancies_hi), 0) as visible_share,
    max(vintage_id) as vintage_id,
    max(known_from) as known_from,
    max(known_to) as known_to,
    max(division_year) as division_year,
    any_value(gate_state) as gate_state,
  from partitions
  group by period, area_code, occupation_code, partition

)

select
  period,
  area_code,
  occupation_code,
  partition,
  cells::integer as cells,
  vacancies_concentration,
  vacancies_concentration_reason,
  largest_municipalities_share,
  if(partition = 'municipality', vacancies_concentration_reason, 'not_applicable') as largest_municipalities_share_reason,
  vintage_id,
  known_from,
  known_to,
  division_year,
  '{{ var("method_version") }}' as method_version,
  case when vacancies_concentration_reason != 'ok' then 'interval_only' when withheld > 0 then 'estimated' else 'exact' end as value_kind,
  vacancies_concentration_reason as reason,
  round(coalesce(visible_share, 0), 9) as coverage,
  gate_state,
from measured
