{%- set country = "'" ~ var('country_code') ~ "'" -%}
with

x_shares as (

  select
    period,
    area_code,
    {% for measure in ['unemployed', 'vacancies'] %}
    x_share_{{ measure }},
    x_share_{{ measure }} - lag(x_share_{{ measure }}) over (partition by area_code order by period) as x_share_{{ measure }}_step,
    {% endfor %}
  from {{ ref('int_measure_x_share') }}
  where area_code = {{ country }}

),

located as (

  select
    stocks.period,
    sum(stocks.vacancies) filter (nested.area_level = 'country') as total,
    sum(stocks.vacancies) filter (nested.area_level = 'region' and not nested.is_residual) as in_regions,
    count(*) filter (nested.area_level = 'region' and not nested.is_residual and stocks.vacancies_reason = 'suppressed_source') as withheld,
    coalesce(sum(stocks.vacancies) filter (stocks.area_code = '{{ var("flexible_region_code") }}'), 0) as flexible,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  group by all

),

-- A withheld region holds 1 to 4 posts: counted as none, it makes the share a little too high, never too low.
shares as (

  select
    period,
    (total - coalesce(in_regions, 0) - flexible) / nullif(total, 0) as unlocated_share,
    flexible / nullif(total, 0) as flexible_share,
  from located

),

located_shares as (

  select
    period,
    unlocated_share,
    flexible_share - lag(flexible_share) over (order by period) as flexible_share_step,
  from shares

),

-- One row for each number that a rule looks at. `lowest` and `highest` are what it may be without a warning or, where
-- beyond_state is withheld, at all; `alarm` is where a warning turns into withholding.
observations as (

  {% for measure in ['unemployed', 'vacancies'] %}
  select
    'G4' as gate,
    'occupations' as scope,
    'x_share_{{ measure }}' as metric,
    period,
    area_code,
    x_share_{{ measure }} as observed,
    null::double as lowest,
    {{ var('x_share_' ~ measure ~ '_limit') }}::double as highest,
    'withheld' as beyond_state,
    null::double as alarm,
  from x_shares

  union all

  select
    'G4' as gate,
    'occupations' as scope,
    'x_share_{{ measure }}_step' as metric,
    period,
    area_code,
    abs(x_share_{{ measure }}_step) as observed,
    null::double as lowest,
    {{ var('x_share_step') }}::double as highest,
    'withheld' as beyond_state,
    null::double as alarm,
  from x_shares
  where x_share_{{ measure }}_step is not null

  union all

  {% endfor %}
  select
    'G6' as gate,
    'areas' as scope,
    'unlocated_share' as metric,
    period,
    {{ country }} as area_code,
    unlocated_share as observed,
    null::double as lowest,
    {{ var('unlocated_share_warned') }}::double as highest,
    'warned' as beyond_state,
    {{ var('unlocated_share_withheld') }}::double as alarm,
  from located_shares

  union all

  select
    'G6' as gate,
    'areas' as scope,
    'flexible_share_step' as metric,
    period,
    {{ country }} as area_code,
    abs(flexible_share_step) as observed,
    null::double as lowest,
    {{ var('flexible_share_step') }}::double as highest,
    'warned' as beyond_state,
    null::double as alarm,
  from located_shares
  where flexible_share_step is not null

  union all

  select
    'G7' as gate,
    'raked vacancies' as scope,
    'coverage_factor' as metric,
    period,
    area_code,
    factor as observed,
    {{ var('coverage_factor_lo') }}::double as lowest,
    {{ var('coverage_factor_hi') }}::double as highest,
    'withheld' as beyond_state,
    null::double as alarm,
  from {{ ref('int_measure_coverage') }}
  where factor is not null

  union all

  select
    'G7' as gate,
    'raked vacancies' as scope,
    'coverage_factor_step' as metric,
    period,
    area_code,
    abs(factor_step) as observed,
    null::double as lowest,
    {{ var('coverage_factor_step') }}::double as highest,
    'withheld' as beyond_state,
    null::double as alarm,
  from {{ ref('int_measure_coverage') }}
  where factor_step is not null

),

-- What can't be looked at is not withheld, but it has not passed either. Limits of G4 and of a step are themselves too much.
judged as (

  select
    *,
    case
      when observed is null then 'warned'
      when observed > alarm then 'withheld'
      when observed < lowest or observed > highest then beyond_state
      when gate in ('G4', 'G7') and metric != 'coverage_factor' and observed >= highest then beyond_state
      else 'passed'
    end as state,
    case
      when alarm is not null then 'at most ' || highest || ', withheld above ' || alarm
      when lowest is not null then 'from ' || lowest || ' to ' || highest
      when metric = 'flexible_share_step' then 'at most ' || highest
      else 'below ' || highest
    end as threshold,
  from observations

)

select
  gate,
  metric,
  period,
  area_code,
  scope,
  state,
  observed,
  lowest,
  highest,
  alarm,
  threshold,
  case
    when observed is null then metric || ' is not known'
    else metric || ' is ' || round(observed, 4) || ', allowed: ' || threshold
  end || case state
    when 'withheld' then ': ' || scope || ' are withheld'
    when 'warned' then ': published with a warning'
    else ''
  end || '.' as message,
from judged
