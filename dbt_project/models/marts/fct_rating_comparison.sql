{%- set systems = ['keha_state', 'uwv_class', 'ba_class', 'four_way_class'] -%}
{%- set quarter = score_rules()['four_way_quantile'] -%}
with

limits as (

  select
    max(cutoff) filter (quantity = 'unemployment_rate_occ') as high_unemployment,
    max(cutoff) filter (quantity = 'vacancy_rate_occ') as high_vacancies,
  from {{ ref('int_freeze_score_cutoffs') }}
  where quantile = {{ quarter }}

),

ratings as (

  select
    cells.period,
    cells.area_code,
    cells.occupation_code,
    keha.state_own as keha_state,
    keha.state_own_reason as keha_state_reason,
    -- A class of tightness can be likely enough even beside a withheld count; the others rate no such cell, so none is compared.
    case
      when cells.unemployed is null then cells.unemployed_reason
      when cells.vacancies is null then cells.vacancies_reason
      else coalesce(tension.class_reason, 'not_in_source')
    end as uwv_class_reason,
    case when uwv_class_reason = 'ok' then tension.class end as uwv_class,
    scores.shortage_class as ba_class,
    scores.shortage_class_reason as ba_class_reason,
    case
      when cells.unemployed is null then cells.unemployed_reason
      when cells.vacancies is null then cells.vacancies_reason
      when cells.unemployment_rate_occ is null then cells.unemployment_rate_occ_reason
      when cells.vacancy_rate_occ is null then cells.vacancy_rate_occ_reason
      when high_unemployment is null or high_vacancies is null then 'insufficient_history'
      else 'ok'
    end as four_way_class_reason,
    case
      when four_way_class_reason != 'ok' then null
      when cells.vacancy_rate_occ > high_vacancies and cells.unemployment_rate_occ > high_unemployment then 'paradox'
      when cells.vacancy_rate_occ > high_vacancies then 'shortage'
      when cells.unemployment_rate_occ > high_unemployment then 'surplus'
      else 'balance'
    end as four_way_class,
    scores.vintage_id,
    scores.known_from,
    scores.known_to,
    scores.division_year,
    scores.coverage,
    cells.gate_state,
  from {{ ref('int_collect_shortage_components') }} as cells
  inner join {{ ref('fct_shortage_score') }} as scores using (period, area_code, occupation_code)
  inner join {{ ref('fct_keha_rating') }} as keha using (period, area_code, occupation_code)
  left join {{ ref('fct_tension_class') }} as tension using (period, area_code, occupation_code)
  cross join limits

),

-- What all four can be asked: is it hard to find people here? A paradox is a shortage beside many unemployed.
votes as (

  select
    *,
    (keha_state is not null)::integer
    + (uwv_class is not null)::integer
    + (ba_class is not null)::integer
    + (four_way_class is not null)::integer as ratings,
    coalesce(keha_state = 'shortage', false)::integer
    + coalesce(uwv_class in ('tight', 'very_tight'), false)::integer
    + coalesce(ba_class = 'shortage', false)::integer
    + coalesce(four_way_class in ('shortage', 'paradox'), false)::integer as shortage_ratings,
  from ratings

),

compared as (

  select
    *,
    case
      when ratings >= 2 then 'ok'
      else {{ first_reason(systems, '_reason') }}
    end as agreement_share_reason,
  from votes

)

select
  period,
  area_code,
  occupation_code,
  {%- for system in systems %}
  {{ system }},
  {{ system }}_reason,
  {%- endfor %}
  ratings::integer as ratings,
  shortage_ratings::integer as shortage_ratings,
  -- Pairs of ratings that say the same, of all pairs (Fleiss 1971).
  case
    when agreement_share_reason = 'ok'
      then round(
        (shortage_ratings * (shortage_ratings - 1) + (ratings - shortage_ratings) * (ratings - shortage_ratings - 1))
        / (ratings * (ratings - 1)),
        9
      )
  end as agreement_share,
  agreement_share_reason,
  vintage_id,
  known_from,
  known_to,
  division_year,
  '{{ var("method_version") }}' as method_version,
  if(agreement_share_reason = 'ok', 'modelled', 'interval_only') as value_kind,
  agreement_share_reason as reason,
  coverage,
  gate_state,
from compared
