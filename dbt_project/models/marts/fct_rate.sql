with

areas as (

  select
    stocks.period,
    stocks.area_code,
    stocks.area_level,
    stocks.labour_force as l,
    {{ best_value('stocks.unemployed') }} as u,
    stocks.unemployed_lo as u_lo,
    stocks.unemployed_hi as u_hi,
    stocks.unemployed_reason as u_reason,
    {{ best_value('stocks.vacancies') }} as v,
    stocks.vacancies_lo as v_lo,
    stocks.vacancies_hi as v_hi,
    stocks.vacancies_reason as v_reason,
    coalesce(stocks.labour_force > 0, false) as has_labour_force,
    -- Whatever the withheld counts are, the employed are no fewer than none and the denominator is not zero.
    coalesce(l >= u_hi and l + v_lo > u_hi, false) as has_posts,
    published.unemployment_rate_published as printed_rate,
    -- Times the labour force it would give a withheld count away.
    case
      when printed_rate is not null and u_reason = 'suppressed_source' then 'suppressed_secondary'
      else coalesce(published.unemployment_rate_published_reason, 'not_in_source')
    end as printed_rate_reason,
    stocks.vintage_id,
    stocks.known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.method_version,
    stocks.unemployed_kind,
    stocks.unemployed_coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  left join {{ ref('stg_statfin__area_stocks') }} as published
    on stocks.period = published.period and stocks.area_code = published.area_code
  where stocks.occupation_code = '{{ var("total_occupation_code") }}'

)

select
  period,
  area_code,
  area_level,
  case
    when not has_labour_force then 'no_denominator'
    when u is null then u_reason
    else 'ok'
  end as unemployment_rate_reason,
  case when unemployment_rate_reason = 'ok' then u / l end as unemployment_rate,
  case when has_labour_force then u_lo / l end as unemployment_rate_lo,
  case when has_labour_force then u_hi / l end as unemployment_rate_hi,
  case
    when not has_labour_force then 'no_denominator'
    when u is null then u_reason
    when v is null then v_reason
    when not has_posts then 'no_denominator'
    else 'ok'
  end as vacancy_rate_lf_reason,
  case when vacancy_rate_lf_reason = 'ok' then v / (v + l - u) end as vacancy_rate_lf,
  case when has_posts then v_lo / (v_lo + l - u_lo) end as vacancy_rate_lf_lo,
  case when has_posts then v_hi / (v_hi + l - u_hi) end as vacancy_rate_lf_hi,
  printed_rate_reason as unemployment_rate_published_reason,
  case when printed_rate_reason = 'ok' then printed_rate end as unemployment_rate_published,
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  unemployed_kind as value_kind,
  unemployment_rate_reason as reason,
  unemployed_coverage as coverage,
  gate_state,
from areas
