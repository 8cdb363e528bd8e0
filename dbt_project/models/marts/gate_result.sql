with

-- G9 looks at the whole series at once. The estimates themselves are not shown while they fail: contract 6.1.
elasticities as (

  select
    'G9' as gate,
    scope || '_' || metric as metric,
    observed,
    lowest,
    highest,
    threshold,
    scope,
  from (
    select
      scope,
      unnest([
        {
          'metric': 'elasticity_intervals_within_unit',
          'observed': if(
            observations = 0,
            null,
            (alpha_lo > 0 and alpha_hi < 1)::integer + (beta_lo > 0 and beta_hi < 1)::integer
          )::double,
          'lowest': 2::double,
          'highest': null::double,
          'threshold': 'the 95 % intervals of both elasticities lie in 0 to 1'
        },
        {
          'metric': 'hires_per_vacancy_spread',
          'observed': hires_per_vacancy_spread,
          'lowest': null::double,
          'highest': {{ var('hires_per_vacancy_spread_limit') }}::double,
          'threshold': 'at most {{ var("hires_per_vacancy_spread_limit") }}'
        }
      ], recursive := true)
    from {{ source('matching', 'elasticity_estimates') }}
  )

),

newest as (

  select max(period) as period
  from {{ ref('stg_statfin__vintages') }}
  where table_id = '12r5'

),

results as (

  select
    gate,
    metric,
    period,
    area_code,
    scope,
    observed,
    lowest,
    highest,
    alarm,
    threshold,
    state,
    message,
  from {{ ref('int_judge_gates') }}

  union all

  select
    elasticities.gate,
    elasticities.metric,
    newest.period,
    '{{ var("country_code") }}' as area_code,
    'elasticities' as scope,
    elasticities.observed,
    elasticities.lowest,
    elasticities.highest,
    null::double as alarm,
    elasticities.threshold,
    if(coalesce(observed >= lowest or observed <= highest, false), 'passed', 'withheld') as state,
    case
      when observed is null then 'too few months to estimate elasticities: nothing built on them is published.'
      when observed >= lowest or observed <= highest then 'passed.'
      else 'not met: nothing built on estimated elasticities is published.'
    end as message,
  from elasticities
  cross join newest

)

select
  results.gate,
  results.metric,
  results.period,
  results.area_code,
  results.scope,
  vintages.vintage_id,
  results.observed,
  if(results.observed is null, 'insufficient_history', 'ok') as observed_reason,
  results.lowest,
  results.highest,
  results.alarm,
  results.threshold,
  results.state,
  results.state = 'passed' as is_passed,
  if(results.state = 'warned', 'warn', 'withhold') as severity,
  results.message,
from results
left join {{ ref('stg_statfin__vintages') }} as vintages
  on
    results.period = vintages.period
    and vintages.table_id = case results.gate when 'G4' then '12ti' when 'G7' then '11n1' else '12r5' end
order by results.gate, results.metric, results.period, results.area_code
