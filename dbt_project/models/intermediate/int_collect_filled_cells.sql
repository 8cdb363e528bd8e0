{%- set tables = ['filled_region_cells', 'filled_employment_area_cells'] -%}

{% for table in tables -%}
select
  period,
  area_level,
  area_code,
  occupation_level,
  occupation_code,
  unemployed,
  vacancies,
  unemployed_blanks,
  vacancies_blanks,
  unemployed_releasable,
  vacancies_releasable,
from {{ source('matching', table) }}
{{ 'union all' if not loop.last }}
{% endfor %}
