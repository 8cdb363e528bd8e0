{#- Each level after its parent, whose filled counts are the margin of its blanks. -#}
{%- set levels = [('region', none), ('subregion', 'region'), ('municipality', 'subregion')] -%}
with

cells as (

  select
    stocks.period,
    nested.area_level,
    stocks.area_code,
    nested.subregion_code,
    nested.region_code,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.vacancies,
    stocks.vacancies_reason,
    stocks.labour_force,
    stocks.labour_force_reason,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where not nested.is_residual

),

{% for level, parent in levels %}
filled_{{ level }} as (

  select
    cells.period,
    cells.area_level,
    cells.area_code,
    cells.unemployed,
    cells.unemployed_reason,
    {% if parent -%}
    {{ fill_by_margin('cells.unemployed', 'parents.unemployed_filled') }}
    {%- else -%}
    cells.unemployed::double
    {%- endif %} as unemployed_filled,
    cells.vacancies,
    cells.vacancies_reason,
    {% if parent -%}
    {{ fill_by_margin('cells.vacancies', 'parents.vacancies_filled') }}
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
