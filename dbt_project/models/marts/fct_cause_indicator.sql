with

percentiles as (

  select
    quantity,
    cutoff,
    max(100 * quantile)::integer as percentile,
  from {{ ref('int_freeze_score_cutoffs') }}
  where quantity in ('{{ causes().keys() | join("', '") }}')
  group by quantity, cutoff

)

-- A percentile is the last cut-off below the value; the smallest value of all has none below it and is 0.
select
  causes.period,
  causes.area_code,
  causes.occupation_code,
  {%- for cause, status in causes().items() %}
  causes.{{ cause }},
  causes.{{ cause }}_reason,
  case
    when causes.{{ cause }}_reason = 'ok' and {{ cause }}_base.is_there then coalesce({{ cause }}_at.percentile, 0)
  end::integer as {{ cause }}_percentile,
  if(
    causes.{{ cause }}_reason = 'ok' and {{ cause }}_base.is_there is null, 'insufficient_history', causes.{{ cause }}_reason
  ) as {{ cause }}_percentile_reason,
  '{{ status }}' as {{ cause }}_status,
  {%- endfor %}
  causes.vintage_id,
  causes.known_from,
  causes.known_to,
  causes.division_year,
  '{{ var("method_version") }}' as method_version,
  if(causes.labour_scarcity_reason = 'ok', 'modelled', 'interval_only') as value_kind,
  causes.labour_scarcity_reason as reason,
  causes.coverage,
  causes.gate_state,
from {{ ref('int_collect_causes') }} as causes
{%- for cause in causes() %}
asof left join (select cutoff, percentile from percentiles where quantity = '{{ cause }}') as {{ cause }}_at
  on causes.{{ cause }} > {{ cause }}_at.cutoff
left join (select distinct true as is_there from percentiles where quantity = '{{ cause }}') as {{ cause }}_base on true
{%- endfor %}
