{#- The score made in other ways (OECD and JRC 2008): a component left out, the geometric mean, components by rank and by deviation from the base.
    All but the last two lie on the scale of 0 to 3 and give a class. The geometric mean is of the scores plus one: a single 0 does not end it. -#}
{%- set components = score_components() -%}
{%- set on_scale = ['geometric'] -%}
{%- for component in components %}{%- do on_scale.append('without_' ~ component) -%}{%- endfor -%}
{%- set variants = on_scale + ['by_rank', 'by_deviation'] -%}
with

placed as (

  select
    *,
    {%- for component in components %}
    case
      when {{ component }}_score is not null
        then percent_rank() over (partition by period, is_aland, {{ component }}_score is null order by {{ component }}_towards)
    end as {{ component }}_place,
    {%- endfor %}
  from {{ ref('int_rate_shortage_components') }}
  where shortage_score is not null

),

varied as (

  select
    period,
    area_code,
    occupation_code,
    is_aland,
    shortage_score,
    {%- for component in components %}
    round(
      (points - coalesce({{ component }}_score, 0)) / (components_rated - ({{ component }}_score is not null)::integer), 9
    ) as without_{{ component }},
    {%- endfor %}
    round(exp((
      {%- for component in components %}coalesce(ln(1 + {{ component }}_score), 0){{ ' + ' if not loop.last }}{% endfor -%}
    ) / components_rated) - 1, 9) as geometric,
    {%- for variant, part in {'by_rank': 'place', 'by_deviation': 'z'}.items() %}
    round((
      {%- for component in components %}coalesce({{ component }}_{{ part }}, 0){{ ' + ' if not loop.last }}{% endfor -%}
    ) / components_rated, 9) as {{ variant }},
    {%- endfor %}
  from placed

),

ranked as (

  select
    *,
    {%- for variant in ['shortage_score'] + variants %}
    rank() over (partition by period, is_aland order by {{ variant }} desc) as {{ variant }}_rank,
    {%- endfor %}
  from varied

)

select
  period,
  area_code,
  occupation_code,
  case when not is_aland then shortage_score_rank end as shortage_rank,
  case when not is_aland then least(shortage_score_rank{% for variant in variants %}, {{ variant }}_rank{% endfor %}) end as rank_lo,
  case when not is_aland then greatest(shortage_score_rank{% for variant in variants %}, {{ variant }}_rank{% endfor %}) end as rank_hi,
  {%- for variant in on_scale %}
  {{ 'and ' if not loop.first }}{{ shortage_class(variant) }} = {{ shortage_class('shortage_score') }}
  {%- endfor %} as class_stable,
from ranked
