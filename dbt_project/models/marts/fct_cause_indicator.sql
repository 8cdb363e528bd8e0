with

percentiles as (

  select
    quantity,
    cutoff,
    max(100 * quantile)::integer as percentile,
  from {{ ref('int_freeze_score_cutoffs') }}
  where quantity in ('{{ causes().keys() | join("', '") }}')
  group by quantity, cutoff

),

-- Each number once, with the last cut-off below it; the smallest of all have none below and are at 0. No base, no rows.
{% for cause in causes() -%}
{{ cause }}_places as (

  select
    numbers.{{ cause }},
    coalesce(percentiles.percentile, 0) as percentile,
  from (
    select distinct {{ cause }}
    from {{ ref('int_collect_causes') }}
    where {{ cause }} is not null and exists (select 1 from percentiles where quantity = '{{ cause }}')
  ) as numbers
  asof left join (select cutoff, percentile from percentiles where quantity = '{{ cause }}') as percentiles
    on numbers.{{ cause }} > percentiles.cutoff

){{ ',' if not loop.last }}

{% endfor -%}
select
  causes.period,
  causes.area_code,
  causes.occupation_code,
  {%- for cause, status in causes().items() %}
  causes.{{ cause }},
  causes.{{ cause }}_reason,
  {{ cause }}_places.percentile as {{ cause }}_percentile,
  if(
    causes.{{ cause }}_reason = 'ok' and {{ cause }}_places.percentile is null, 'insufficient_history', causes.{{ cause }}_reason
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
left join {{ cause }}_places on causes.{{ cause }} = {{ cause }}_places.{{ cause }}
{%- endfor %}
