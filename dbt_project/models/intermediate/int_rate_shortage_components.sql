{%- set components = score_components() -%}
with

cutoffs as (

  select
    {%- for component in components %}
    {%- for quarter in [25, 50, 75] %}
    max(cutoff) filter (quantity = '{{ component }}' and quantile = {{ quarter / 100 }}) as {{ component }}_q{{ quarter }},
    {%- endfor %}
    max(base_mean) filter (quantity = '{{ component }}') as {{ component }}_mean,
    max(base_deviation) filter (quantity = '{{ component }}') as {{ component }}_deviation,
    {%- endfor %}
  from {{ ref('int_freeze_score_cutoffs') }}

),

-- A cell with a withheld count is rated by nothing.
rated as (

  select
    period,
    area_code,
    occupation_code,
    is_aland,
    {%- for component, direction in components.items() %}
    {{ quartile_score(component, direction) }} as {{ component }}_score,
    if({{ component }}_score is not null, {{ direction }} * {{ component }}, null) as {{ component }}_towards,
    ({{ component }}_towards - {{ direction }} * {{ component }}_mean) / nullif({{ component }}_deviation, 0) as {{ component }}_z,
    {%- endfor %}
    {% for component in components %}({{ component }}_score is not null)::integer{{ ' + ' if not loop.last }}{% endfor %} as components_rated,
    {% for component in components %}coalesce({{ component }}_score, 0){{ ' + ' if not loop.last }}{% endfor %} as points,
  from {{ ref('int_collect_shortage_components') }}
  cross join cutoffs
  where unemployed is not null and vacancies is not null

)

select
  *,
  case
    when components_rated >= {{ score_rules()['fewest_components'] }} then round(points / components_rated, 9)
  end as shortage_score,
from rated
