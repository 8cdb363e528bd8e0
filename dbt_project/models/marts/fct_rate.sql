with

-- The keys as columns: a condition on one side alone would have every row compared with every other.
printed as (

  select
    period,
    area_code,
    '{{ var("total_occupation_code") }}' as occupation_code,
    unemployment_rate_published,
    unemployment_rate_published_reason,
  from {{ ref('stg_statfin__area_stocks') }}

),

markets as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    stocks.area_level,
    stocks.occupation_level,
    stocks.labour_force as l,
    {{ best_value('stocks.unemployed') }} as u,
    stocks.unemployed_lo as u_lo,
    stocks.unemployed_hi as u_hi,
    stocks.unemployed_reason as u_reason,
    {{ best_value('stocks.vacancies') }} as v,
    stocks.vacancies_lo as v_lo,
    stocks.vacancies_hi as v_hi,
    stocks.vacancies_reason as v_reason,
    stocks.employed as e,
    stocks.employed_year,
    coalesce(stocks.labour_force > 0, false) as has_labour_force,
    -- Whatever the withheld counts are, the employed are no fewer than none and the denominator is not zero.
    coalesce(l >= u_hi and l + v_lo > u_hi, false) as has_posts,
    coalesce(e + u_lo > 0, false) as has_workers,
    coalesce(e + v_lo > 0, false) as has_jobs,
    printed.unemployment_rate_published as printed_rate,
    -- Times the labour force it would give a withheld count away.
    case
      when stocks.occupation_level != 'total' then 'not_applicable'
      when printed_rate is not null and u_reason = 'suppressed_source' then 'suppressed_secondary'
      else coalesce(printed.unemployment_rate_published_reason, 'not_in_source')
    end as printed_rate_reason,
    stocks.vintage_id,
    if(
      stocks.occupation_level = 'total', stocks.known_from, greatest(stocks.known_from, stocks.employed_known_from)
    ) as known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.method_version,
    if(
      stocks.occupation_level = 'total',
      stocks.unemployed_kind,
      {{ weaker_kind('stocks.unemployed_kind', 'stocks.employed_kind') }}
    ) as value_kind,
    stocks.unemployed_coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  left join printed using (period, area_code, occupation_code)

)

select
  period,
  area_code,
  occupation_code,
  area_level,
  occupation_level,
  case
    when occupation_level != 'total' then 'not_applicable'
    when not has_labour_force then 'no_denominator'
    when u is null then u_reason
    else 'ok'
  end as unemployment_rate_reason,
  case when unemployment_rate_reason = 'ok' then u / l end as unemployment_rate,
  case when has_labour_force then u_lo / l end as unemployment_rate_lo,
  case when has_labour_force then u_hi / l end as unemployment_rate_hi,
  case
    when occupation_level != 'total' then 'not_applicable'
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
  case
    when not has_workers then 'no_denominator'
    when u is null then u_reason
    else 'ok'
  end as unemployment_rate_occ_reason,
  case when unemployment_rate_occ_reason = 'ok' then u / (u + e) end as unemployment_rate_occ,
  case when has_workers then u_lo / (u_lo + e) end as unemployment_rate_occ_lo,
  case when has_workers then u_hi / (u_hi + e) end as unemployment_rate_occ_hi,
  case
    when not has_jobs then 'no_denominator'
    when v is null then v_reason
    else 'ok'
  end as vacancy_rate_occ_reason,
  case when vacancy_rate_occ_reason = 'ok' then v / (v + e) end as vacancy_rate_occ,
  case when has_jobs then v_lo / (v_lo + e) end as vacancy_rate_occ_lo,
  case when has_jobs then v_hi / (v_hi + e) end as vacancy_rate_occ_hi,
  employed_year,
  -- The survey's open table counts vacancies, not the occupied posts beside them.
  null::double as job_vacancy_rate,
  if(
    occupation_level = 'total' and area_level in ('country', 'major_region'), 'not_in_source', 'not_applicable'
  ) as job_vacancy_rate_reason,
  vintage_id,
  known_from,
  known_to,
  division_year,
  method_version,
  value_kind,
  if(occupation_level = 'total', unemployment_rate_reason, unemployment_rate_occ_reason) as reason,
  unemployed_coverage as coverage,
  gate_state,
from markets
