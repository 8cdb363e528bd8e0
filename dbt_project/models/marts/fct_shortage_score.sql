{%- set components = score_components() -%}
with

cells as (

  select
    components.period,
    components.area_code,
    components.occupation_code,
    components.is_aland,
    {%- for component in components %}
    rated.{{ component }}_score,
    case
      when components.unemployed is null then components.unemployed_reason
      when components.vacancies is null then components.vacancies_reason
      when components.{{ component }}_reason = 'ok' and rated.{{ component }}_score is null then 'insufficient_history'
      else components.{{ component }}_reason
    end as {{ component }}_score_reason,
    {%- endfor %}
    coalesce(rated.components_rated, 0) as components_rated,
    rated.shortage_score,
    -- Too few components: the first of these reasons that one of them has.
    case
      when rated.shortage_score is not null then 'ok'
      else {{ first_reason(components, '_score_reason') }}
    end as shortage_score_reason,
    varied.shortage_rank,
    varied.rank_lo,
    varied.rank_hi,
    varied.class_stable,
    components.vintage_id,
    components.known_from,
    components.known_to,
    components.division_year,
    components.coverage,
    components.gate_state,
  from {{ ref('int_collect_shortage_components') }} as components
  left join {{ ref('int_rate_shortage_components') }} as rated using (period, area_code, occupation_code)
  left join {{ ref('int_vary_shortage_scores') }} as varied using (period, area_code, occupation_code)

)

select
  period,
  area_code,
  occupation_code,
  shortage_score,
  shortage_score_reason,
  {{ shortage_class('shortage_score') }} as shortage_class,
  shortage_score_reason as shortage_class_reason,
  components_rated::integer as components_rated,
  {%- for component in components %}
  {{ component }}_score::integer as {{ component }}_score,
  {{ component }}_score_reason,
  {%- endfor %}
  shortage_rank,
  rank_lo,
  rank_hi,
  if(shortage_score_reason = 'ok' and is_aland, 'not_applicable', shortage_score_reason) as shortage_rank_reason,
  class_stable,
  vintage_id,
  known_from,
  known_to,
  division_year,
  '{{ var("method_version") }}' as method_version,
  if(shortage_score_reason = 'ok', 'modelled', 'interval_only') as value_kind,
  shortage_score_reason as reason,
  coverage,
  gate_state,
from cells
