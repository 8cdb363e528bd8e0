with

ratings as (

  select
    ratings.*,
    employed_is_censored or unemployed_is_censored as is_censored,
  from {{ ref('stg_tyovoimabarometri__ratings') }} as ratings
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where not ratings.is_forecast

)

select
  period,
  area_code,
  occupation_code,
  {%- for count in ['employed', 'unemployed'] %}
  case when not {{ count }}_is_censored then {{ count }} end as {{ count }},
  case when {{ count }}_is_censored then 'suppressed_source' when {{ count }} is null then 'not_in_source' else 'ok' end as {{ count }}_reason,
  {%- endfor %}
  vacancies,
  if(vacancies is null, 'not_in_source', 'ok') as vacancies_reason,
  {%- for rate in ['unemployment_rate', 'vacancy_rate', 'slope', 'scale'] %}
  case when not is_censored then {{ rate }} end as {{ rate }},
  case when is_censored then 'suppressed_source' when {{ rate }} is null then 'not_in_source' else 'ok' end as {{ rate }}_reason,
  {%- endfor %}
  case when not state_is_error then state end as state,
  if(state_is_error or state is null, 'not_in_source', 'ok') as state_reason,
  degree,
  if(degree is null, 'not_in_source', 'ok') as degree_reason,
  vintage_id,
  known_from,
  null::timestamp as known_to,
  null::integer as division_year,
  '{{ var("method_version") }}' as method_version,
  'exact' as value_kind,
  state_reason as reason,
  if(is_censored, 0, 1)::double as coverage,
  'passed' as gate_state,
from ratings
