{# Ratings of a market: the Labour Force Barometer's polar reading (contract I05), the shortage score (I19) and the four-way label.
   Belongs here: their formulas and constants. Does not belong here: where the inputs come from. #}

{# Cut-offs and the intervals they are pinned to, as one row, for a cross join. #}
{% macro keha_cutoffs() -%}
  (
    select
      {%- for starts in ['degree_2', 'degree_3', 'degree_4', 'degree_5', 'mismatch', 'shortage'] %}
      max(cutoff) filter (starts = '{{ starts }}') as {{ starts }}_from,
      max(pinned_lo) filter (starts = '{{ starts }}') as {{ starts }}_lo,
      max(pinned_hi) filter (starts = '{{ starts }}') as {{ starts }}_hi,
      {%- endfor %}
    from {{ ref('keha_cutoff') }}
  )
{%- endmacro %}

{# Unemployed, or vacancies, of themselves and the employed; none of none is a rate of zero. #}
{% macro keha_rate(count, employed) -%}
  case when {{ count }} = 0 and {{ employed }} is not null then 0.0::double else {{ count }} / ({{ count }} + {{ employed }}) end
{%- endmacro %}

{# s: how far the two rates are from zero, in percent. #}
{% macro keha_scale(u, v) -%}
  round(100 * sqrt(({{ u }} * {{ u }} + {{ v }} * {{ v }}) / 2), 9)
{%- endmacro %}

{# k: vacancy rate over unemployment rate. NULL where nobody is unemployed and there are vacancies, for it is then infinite. #}
{% macro keha_slope(u, v) -%}
  case when {{ v }} = 0 and {{ u }} is not null then 0.0::double when {{ u }} > 0 then round({{ v }} / {{ u }}, 9) end
{%- endmacro %}

{% macro keha_degree(s) -%}
  case
    when {{ s }} >= degree_5_from then 5
    when {{ s }} >= degree_4_from then 4
    when {{ s }} >= degree_3_from then 3
    when {{ s }} >= degree_2_from then 2
    when {{ s }} is not null then 1
  end
{%- endmacro %}

{% macro keha_state(degree, k) -%}
  case
    when {{ degree }} is null then null
    when {{ degree }} = 1 then 'balanced'
    when {{ k }} < mismatch_from then 'surplus'
    when {{ k }} < shortage_from then 'mismatch'
    else 'shortage'
  end
{%- endmacro %}

{# s or k lies where a cut-off may be: another reading of the published rows would give another class. #}
{% macro keha_near_cutoff(s, k) -%}
  coalesce(
    {%- for degree in ['degree_2', 'degree_3', 'degree_4', 'degree_5'] %}
    {{ s }} between {{ degree }}_lo and {{ degree }}_hi or
    {%- endfor %}
    coalesce({{ k }} between mismatch_lo and mismatch_hi or {{ k }} between shortage_lo and shortage_hi, false),
    false
  )
{%- endmacro %}

{# Components of the shortage score: the number, and its sign in the direction of shortage. #}
{% macro score_components() -%}
  {{ return({
    'theta_eb': 1,
    'unemployment_rate_occ': -1,
    'vacancy_rate_occ': 1,
    'vacancies_yoy': 1,
    'unemployed_yoy': -1,
    'days_online': 1,
  }) }}
{%- endmacro %}

{# Causes in the sense of Dares, and how far open data reach. #}
{% macro causes() -%}
  {{ return({
    'hiring_intensity': 'measured',
    'labour_scarcity': 'measured',
    'job_instability': 'measured',
    'working_conditions': 'no_open_data',
    'skill_link': 'proxy',
    'geographic_mismatch': 'measured',
  }) }}
{%- endmacro %}

{# Rules of the score.
   base_from, base_to              months whose cells give the cut-offs, once and for all
   fewest_in_base                  persons: smallest count of unemployed (or jobseekers) of a cell of the base
   months_without_base             months that stand in for the base where there is no value in it
   fewest_components               fewest rated components of a score
   shortage_from, watch_from       classes of the score
   four_way_quantile               a rate above this quantile of the base is high
   largest_municipalities          how many municipalities are the largest (fct_concentration) #}
{% macro score_rules() -%}
  {{ return({
    'base_from': '2015-01-01',
    'base_to': '2019-12-01',
    'fewest_in_base': 20,
    'months_without_base': 12,
    'fewest_components': 4,
    'shortage_from': 2.0,
    'watch_from': 1.5,
    'four_way_quantile': 0.75,
    'largest_municipalities': 50,
  }) }}
{%- endmacro %}

{# 0 to 3: how many quartiles of the base the value has passed in the direction of shortage; on a quartile it has not passed it. #}
{% macro quartile_score(component, direction) -%}
  {%- set passes = '>' if direction > 0 else '<' -%}
  ({{ component }} {{ passes }} {{ component }}_q25)::integer
  + ({{ component }} {{ passes }} {{ component }}_q50)::integer
  + ({{ component }} {{ passes }} {{ component }}_q75)::integer
{%- endmacro %}

{# Class of a score; NULL without one. #}
{% macro shortage_class(score) -%}
  case
    when {{ score }} >= {{ score_rules()['shortage_from'] }} then 'shortage'
    when {{ score }} >= {{ score_rules()['watch_from'] }} then 'watch'
    when {{ score }} is not null then 'none'
  end
{%- endmacro %}

{# Why too few of `columns` have a value: the first of these reasons that one of them has. #}
{% macro first_reason(columns, suffix) -%}
  case
    {%- for reason in ['suppressed_source', 'gate_failed', 'empty_market', 'no_jobseekers', 'no_denominator', 'insufficient_history'] %}
    when '{{ reason }}' in (
      {%- for column in columns %}{{ column }}{{ suffix }}{{ ', ' if not loop.last }}{% endfor -%}
    ) then '{{ reason }}'
    {%- endfor %}
    else 'not_in_source'
  end
{%- endmacro %}

{# Herfindahl and Hirschman: sum of squared shares, from 1/n to 1; an aggregate over counts that are not all zero. #}
{% macro concentration_index(count) -%}
  least(1.0, greatest(1 / count(*), round({{ exact_sum(count ~ ' * ' ~ count) }} / pow({{ exact_sum(count) }}, 2), 13)))
{%- endmacro %}

{# Share of the largest cells of a partition in all of them; an aggregate. #}
{% macro largest_share(count) -%}
  round(list_sum(max({{ count }}, {{ score_rules()['largest_municipalities'] }})) / {{ exact_sum(count) }}, 9)
{%- endmacro %}
