{%- set flows = ['outflow_probability', 'outflow_hazard', 'inflow_hazard', 'steady_state_rate'] -%}
{%- set needs_labour_force = ['inflow_hazard', 'steady_state_rate'] -%}
with

explained as (

  select
    months.*,
    details.long_term_unemployed,
    {%- for suffix in ['', '_without_laid_off'] %}
    {%- for flow in flows %}
    flows.{{ flow }}{{ suffix }} as measured_{{ flow }}{{ suffix }},
    case
      when months.outflow{{ suffix }}_reason != 'ok' then months.outflow{{ suffix }}_reason
      {% if flow in needs_labour_force -%}
      when flows.outflow_hazard{{ suffix }} is not null and months.labour_force is null then months.labour_force_reason
      {% endif -%}
      when flows.{{ flow }}{{ suffix }} is null then 'undefined'
      else 'ok'
    end as {{ flow }}{{ suffix }}_reason,
    {%- endfor %}
    {%- endfor %}
    flows.outflow_probability_without_laid_off_lo as measured_lo,
    flows.outflow_probability_without_laid_off_hi as measured_hi,
    stocks.unemployed_reason as stock_reason,
    case
      when details.long_term_unemployed is null then details.long_term_unemployed_reason
      when months.unemployed is null then stocks.unemployed_reason
      when months.unemployed = 0 then 'no_jobseekers'
      else 'ok'
    end as long_term_share_reason,
    case
      when months.ended_unemployment_periods is null then months.ended_unemployment_periods_reason
      when months.unemployed_before is null then 'insufficient_history'
      when months.unemployed_before = 0 then 'no_denominator'
      else 'ok'
    end as ended_periods_per_unemployed_reason,
    vintages.vintage_id,
    vintages.division_year,
    greatest(vintages.known_from, coalesce(durations.known_from, vintages.known_from)) as known_from,
  from {{ ref('int_pair_unemployment_months') }} as months
  inner join {{ ref('stg_statfin__area_stocks') }} as stocks using (period, area_code)
  inner join {{ ref('int_sum_area_details') }} as details using (period, area_code)
  inner join {{ ref('stg_statfin__vintages') }} as vintages
    on vintages.table_id = '12r5' and months.period = vintages.period
  left join {{ ref('stg_statfin__vintages') }} as durations
    on durations.table_id = '12ta' and months.period = durations.period
  left join {{ source('matching', 'unemployment_flows') }} as flows
    on months.period = flows.period and months.area_code = flows.area_code

)

select
  period,
  area_code,
  area_level,
  {%- for suffix in ['', '_without_laid_off'] %}
  {%- for flow in flows %}
  case when {{ flow }}{{ suffix }}_reason = 'ok' then round(measured_{{ flow }}{{ suffix }}, 9) + 0.0 end as {{ flow }}{{ suffix }},
  {{ flow }}{{ suffix }}_reason,
  {%- endfor %}
  {%- endfor %}
  case when outflow_probability_without_laid_off_reason = 'ok' then round(measured_lo, 9) + 0.0 end as outflow_probability_without_laid_off_lo,
  case when outflow_probability_without_laid_off_reason = 'ok' then round(measured_hi, 9) + 0.0 end as outflow_probability_without_laid_off_hi,
  ended_unemployment_periods,
  ended_unemployment_periods_reason,
  case
    when ended_periods_per_unemployed_reason = 'ok' then round(ended_unemployment_periods / unemployed_before, 9)
  end as ended_periods_per_unemployed,
  ended_periods_per_unemployed_reason,
  case when long_term_share_reason = 'ok' then round(long_term_unemployed / unemployed, 9) end as long_term_share,
  long_term_share_reason,
  vintage_id,
  known_from,
  null::timestamp as known_to,
  division_year,
  '{{ var("method_version") }}' as method_version,
  if(outflow_probability_reason = 'ok', 'modelled', 'interval_only') as value_kind,
  outflow_probability_reason as reason,
  if(outflow_probability_reason = 'ok', 1, 0)::double as coverage,
  'passed' as gate_state,
from explained
