with

-- Every quarter that the register reaches, for every major region and the country; Åland has no survey region.
quarters as (

  select distinct
    date_trunc('quarter', stocks.period)::date as period,
    nested.area_code,
    nested.is_aland,
  from {{ ref('stg_statfin__area_stocks') }} as stocks
  cross join {{ ref('int_nest_areas') }} as nested
  where nested.area_level in ('country', 'major_region') and not nested.is_residual

),

-- The latest factor that is known: the quarter's own or, until that is in, the one before.
known as (

  select
    quarters.period,
    quarters.area_code,
    quarters.is_aland,
    measured.period as factor_period,
    measured.factor,
    measured.known_from,
    coalesce(gates.gate_state, 'passed') as gate_state,
  from quarters
  asof left join (
    select period, area_code, factor, known_from from {{ ref('int_measure_coverage') }} where factor is not null
  ) as measured
    on quarters.area_code = measured.area_code and quarters.period >= measured.period
  left join (
    select
      period,
      area_code,
      'withheld' as gate_state,
    from {{ ref('int_judge_gates') }}
    where gate = 'G7' and state = 'withheld'
    group by period, area_code
  ) as gates
    on measured.area_code = gates.area_code and measured.period = gates.period

),

first_survey as (

  select coalesce(min(period), 'infinity'::date) as period
  from {{ ref('stg_statfin__survey_vacancies') }}

),

judged as (

  select
    known.*,
    case
      when is_aland then 'not_applicable'
      when factor is null and known.period < first_survey.period then 'not_in_source'
      when factor is null then 'insufficient_history'
      else 'ok'
    end as measured_reason,
  from known
  cross join first_survey

)

select
  period,
  area_code,
  if(gate_state = 'withheld', null, factor) as factor,
  if(gate_state = 'withheld', {{ gated_reason('measured_reason') }}, measured_reason) as factor_reason,
  factor_period,
  case
    when factor is null or gate_state = 'withheld' then 'not_applicable'
    when factor_period = period then 'final'
    else 'provisional'
  end as factor_kind,
  known_from,
  gate_state,
from judged
