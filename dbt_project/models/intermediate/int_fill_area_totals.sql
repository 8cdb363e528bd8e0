{#- Each level after its parent, whose filled counts are the margin of its blanks. -#}
{%- set levels = [('region', none), ('subregion', 'region'), ('municipality', 'subregion')] -%}
with

months as (

  select
    period,
    vintage_id,
    is_on_borders_of_today,
  from {{ ref('stg_statfin__vintages') }}
  where table_id = '12r5'

),

-- Months of different vintages may have different code lists: each is held against its own.
listed as (

  select distinct
    months.vintage_id,
    stocks.area_code,
    nested.successor_area_code,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  inner join months using (period)
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)

),

succeeded as (

  select distinct
    vintage_id,
    successor_area_code as area_code,
  from listed
  where successor_area_code is not null

),

-- What a vintage lists, and every area of today that is not there by its predecessor, in every month of the vintage: so a row
-- that the source leaves out is seen to be missing.
cells as (

  select
    months.period,
    months.is_on_borders_of_today,
    nested.area_level,
    nested.area_code,
    nested.subregion_code,
    nested.region_code,
    stocks.unemployed,
    coalesce(stocks.unemployed_reason, 'not_in_source') as unemployed_reason,
    stocks.vacancies,
    coalesce(stocks.vacancies_reason, 'not_in_source') as vacancies_reason,
    stocks.labour_force,
    coalesce(stocks.labour_force_reason, 'not_in_source') as labour_force_reason,
  from months
  cross join {{ ref('int_nest_areas') }} as nested
  left join listed
    on months.vintage_id = listed.vintage_id and nested.area_code = listed.area_code
  left join succeeded
    on months.vintage_id = succeeded.vintage_id and nested.area_code = succeeded.area_code
  left join {{ ref('stg_statfin__area_stocks') }} as stocks
    on months.period = stocks.period and nested.area_code = stocks.area_code
  where
    not nested.is_residual
    and (
      listed.area_code is not null
      or (nested.successor_area_code is null and nested.valid_to is null and succeeded.area_code is null)
    )

),

{% for level, parent in levels %}
filled_{{ level }} as (

  select
    cells.period,
    cells.is_on_borders_of_today,
    cells.area_level,
    cells.area_code,
    cells.unemployed,
    cells.unemployed_reason,
    {% if parent -%}
    {{ fill_by_margin('cells.unemployed', 'parents.unemployed_filled', 'coalesce(cells.is_on_borders_of_today, true)') }}
    {%- else -%}
    cells.unemployed::double
    {%- endif %} as unemployed_filled,
    cells.vacancies,
    cells.vacancies_reason,
    {% if parent -%}
    {{ fill_by_margin('cells.vacancies', 'parents.vacancies_filled', 'coalesce(cells.is_on_borders_of_today, true)') }}
    {%- else -%}
    cells.vacancies::double
    {%- endif %} as vacancies_filled,
    cells.labour_force,
    cells.labour_force_reason,
  from cells
  {% if parent -%}
  left join filled_{{ parent }} as parents
    on cells.period = parents.period and cells.{{ parent }}_code = parents.area_code
  {% endif -%}
  where cells.area_level = '{{ level }}'
  {% if parent -%}
  window siblings as (partition by cells.period, cells.{{ parent }}_code)
  {% endif %}
),
{% endfor %}

all_levels as (

  {% for level, parent in levels %}
  select * from filled_{{ level }}
  {{ 'union all' if not loop.last }}
  {% endfor %}

)

select
  period,
  is_on_borders_of_today,
  area_level,
  area_code,
  unemployed,
  unemployed_reason,
  unemployed_filled,
  vacancies,
  vacancies_reason,
  vacancies_filled,
  labour_force,
  labour_force_reason,
from all_levels
