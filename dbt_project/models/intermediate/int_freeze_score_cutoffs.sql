{#- Cut-offs are taken once, over the base period: taken anew each month they would hold the mean score constant. -#}
{%- set rules = score_rules() -%}
with

candidates as (

  {% for component in score_components() %}
  select
    '{{ component }}' as quantity,
    period,
    {{ component }} as value,
  from {{ ref('int_collect_shortage_components') }}
  where unemployed >= {{ rules['fewest_in_base'] }} and {{ component }} is not null

  union all

  {% endfor %}
  {%- for cause in ['hiring_intensity', 'labour_scarcity', 'job_instability', 'working_conditions'] %}
  select
    '{{ cause }}' as quantity,
    period,
    {{ cause }} as value,
  from {{ ref('int_collect_causes') }}
  where unemployed >= {{ rules['fewest_in_base'] }} and {{ cause }} is not null

  union all

  {% endfor %}
  -- These two belong to the occupation, and count once each month.
  select
    'geographic_mismatch' as quantity,
    period,
    geographic_mismatch as value,
  from {{ ref('int_measure_geographic_mismatch') }}
  where unemployed >= {{ rules['fewest_in_base'] }} and geographic_mismatch is not null

  union all

  select
    'skill_link' as quantity,
    period,
    skill_link as value,
  from {{ ref('int_measure_skill_links') }}

),

bases as (

  select
    quantity,
    bool_or(period between date '{{ rules["base_from"] }}' and date '{{ rules["base_to"] }}') as is_regular,
    if(is_regular, date '{{ rules["base_from"] }}', min(period)) as window_from,
    if(
      is_regular,
      date '{{ rules["base_to"] }}',
      (min(period) + interval {{ rules['months_without_base'] - 1 }} month)::date
    ) as window_to,
    -- Months to come may still be added to a base that has not ended.
    max(period) >= window_to as is_final,
  from candidates
  group by quantity

),

measured as (

  select
    candidates.quantity,
    candidates.quantity in ('{{ score_components().keys() | join("', '") }}') as is_component,
    any_value(bases.is_regular) as is_regular,
    any_value(bases.is_final) as is_final,
    min(candidates.period) as base_from,
    max(candidates.period) as base_to,
    count(*) as base_cells,
    {{ exact_sum('candidates.value') }} / count(*) as mean,
    {{ exact_sum('candidates.value * candidates.value') }} / count(*) as mean_square,
    quantile_cont(candidates.value, [{% for p in range(1, 100) %}{{ p / 100 }}{{ ', ' if not loop.last }}{% endfor %}]) as percentiles,
  from candidates
  inner join bases using (quantity)
  where candidates.period between bases.window_from and bases.window_to
  group by candidates.quantity

)

select
  measured.quantity,
  case measured.quantity
    {%- for component, direction in score_components().items() %}
    when '{{ component }}' then {{ direction }}
    {%- endfor %}
    else 1
  end as direction,
  percents.percent / 100 as quantile,
  measured.percentiles[percents.percent] as cutoff,
  measured.base_from,
  measured.base_to,
  measured.base_cells,
  round(measured.mean, 9) as base_mean,
  round(sqrt(greatest(measured.mean_square - measured.mean * measured.mean, 0)), 9) as base_deviation,
  measured.is_regular,
  measured.is_final,
from measured
inner join (select unnest(range(1, 100)) as percent) as percents
  on not measured.is_component or percents.percent in (25, 50, 75)
