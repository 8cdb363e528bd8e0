with

vintage as (

  select distinct vintage_id, source_updated_at, retrieved_at
  from {{ ref('stg_tyomarkkinatori__posting_cohorts') }}

),

-- The frequency as a column: a condition on one side alone would have every row compared with every other.
withheld as (

  select
    *,
    'month' as frequency,
  from {{ ref('int_withhold_posting_cells') }}

),

cells as (

  select
    flows.*,
    false as is_withheld,
    flows.area_level = 'employment_area' and flows.occupation_level != 'total' as is_detail,
  from {{ ref('int_count_posting_flows') }} as flows
  anti join withheld using (area_code, occupation_code, frequency, period)
  -- A row with nothing but closings would show that there were some.
  where not is_detail or flows.postings_new + flows.postings_open > 0

  union all by name

  select
    withheld.area_code,
    withheld.occupation_code,
    withheld.frequency,
    withheld.period,
    withheld.period as period_month,
    'employment_area' as area_level,
    withheld.occupation_level,
    periods.is_complete,
    true as is_withheld,
    true as is_detail,
  from withheld
  inner join {{ ref('int_list_posting_periods') }} as periods using (frequency, period)

),

explained as (

  select
    cells.*,
    durations.days_online_median as median_days,
    if(is_withheld, 'suppressed_secondary', 'ok') as counts_reason,
    if(is_detail, 'suppressed_secondary', 'ok') as closed_reason,
    case
      when is_withheld then 'suppressed_secondary'
      when durations.postings is null then 'insufficient_history'
      when durations.days_online_median is null then 'undefined'
      else 'ok'
    end as days_online_median_reason,
    {%- for share in ['permanent', 'full_time', 'permanent_full_time'] %}
    case
      when is_detail then 'suppressed_secondary'
      when {{ share }}_answered > 0 then 'ok'
      else 'no_denominator'
    end as {{ share }}_share_reason,
    {%- endfor %}
  from cells
  left join {{ ref('int_estimate_posting_durations') }} as durations
    on
      cells.area_code = durations.area_code
      and cells.occupation_code = durations.occupation_code
      and cells.frequency = durations.frequency
      and cells.period = durations.period

)

select
  explained.area_code,
  explained.occupation_code,
  explained.frequency,
  explained.period,
  explained.period_month,
  explained.area_level,
  explained.occupation_level,
  {%- for unit in ['postings', 'positions'] %}
  case when explained.counts_reason = 'ok' then {{ shown_count('explained.' ~ unit ~ '_new') }} end as {{ unit }}_new,
  case when explained.counts_reason = 'ok' then {{ shown_count('explained.' ~ unit ~ '_open') }} end as {{ unit }}_open,
  case when explained.closed_reason = 'ok' then {{ shown_count('explained.' ~ unit ~ '_closed') }} end as {{ unit }}_closed,
  {%- endfor %}
  explained.counts_reason,
  explained.closed_reason,
  case when explained.days_online_median_reason = 'ok' then explained.median_days end as days_online_median,
  explained.days_online_median_reason,
  {%- for share in ['permanent', 'full_time', 'permanent_full_time'] %}
  case
    when explained.{{ share }}_share_reason = 'ok' then round(explained.{{ share }} / explained.{{ share }}_answered, 9)
  end as {{ share }}_share,
  explained.{{ share }}_share_reason,
  {%- endfor %}
  explained.is_complete,
  vintage.vintage_id,
  vintage.source_updated_at as known_from,
  null::timestamp as known_to,
  {{ var('reference_division_year') }} as division_year,
  '{{ var("method_version") }}' as method_version,
  if(explained.counts_reason = 'ok', 'exact', 'interval_only') as value_kind,
  explained.counts_reason as reason,
  if(explained.counts_reason = 'ok', 1, 0)::double as coverage,
  'passed' as gate_state,
from explained
cross join vintage
