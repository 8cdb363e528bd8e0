with

stocks as (

  select
    stocks.period,
    stocks.area_code,
    nested.area_level,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.labour_force,
    stocks.labour_force_reason,
    stocks.laid_off,
    stocks.laid_off_reason,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where nested.area_level in ('country', 'region') and not nested.is_residual

),

-- Those whose unemployment began in the month.
short_term as (

  select
    durations.period,
    durations.area_code,
    durations.unemployed,
    durations.unemployed_reason,
  from {{ ref('stg_statfin__unemployment_durations') }} as durations
  inner join {{ ref('unemployment_duration') }} as bands using (unemployment_duration_code)
  where bands.months_from = 0 and bands.months_to = 1

),

ended as (

  select
    period,
    area_code,
    ended_unemployment_periods,
    ended_unemployment_periods_reason,
  from {{ ref('stg_statfin__ended_unemployment_periods') }}
  where end_reason_code = '{{ var("total_occupation_code") }}'

)

select
  stocks.period,
  stocks.area_code,
  stocks.area_level,
  before.unemployed as unemployed_before,
  stocks.unemployed,
  short_term.unemployed as short_term_unemployed,
  stocks.labour_force,
  before.laid_off as laid_off_before,
  stocks.laid_off,
  ended.ended_unemployment_periods,
  coalesce(ended.ended_unemployment_periods_reason, 'not_in_source') as ended_unemployment_periods_reason,
  case
    when short_term.unemployed is null then coalesce(short_term.unemployed_reason, 'not_in_source')
    when before.period is null then 'insufficient_history'
    when before.unemployed is null then before.unemployed_reason
    when stocks.unemployed is null then stocks.unemployed_reason
    when before.unemployed = 0 then 'no_denominator'
    else 'ok'
  end as outflow_reason,
  case
    when outflow_reason != 'ok' then outflow_reason
    when before.laid_off is null then before.laid_off_reason
    when stocks.laid_off is null then stocks.laid_off_reason
    when before.unemployed <= before.laid_off then 'no_denominator'
    else 'ok'
  end as outflow_without_laid_off_reason,
  if(stocks.labour_force is null, stocks.labour_force_reason, 'ok') as labour_force_reason,
from stocks
left join stocks as before
  on stocks.area_code = before.area_code and before.period = (stocks.period - interval 1 month)::date
left join short_term
  on stocks.period = short_term.period and stocks.area_code = short_term.area_code
left join ended
  on stocks.period = ended.period and stocks.area_code = ended.area_code
