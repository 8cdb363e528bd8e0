with

cells as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    stocks.unemployed,
    stocks.unemployed_reason,
    stocks.employed,
    stocks.employed_reason,
    stocks.vintage_id,
    stocks.known_from,
    stocks.known_to,
    stocks.division_year,
    stocks.coverage,
    stocks.gate_state,
  from {{ ref('fct_market_stock') }} as stocks
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  where stocks.area_level = 'region' and stocks.occupation_level = 'occ4' and not nested.is_residual

),

posted as (

  select
    period,
    area_code,
    occupation_code,
    positions_new,
    permanent_full_time_share,
    permanent_full_time_share_reason,
  from {{ ref('fct_posting_flow') }}
  where frequency = 'month' and is_complete and area_level = 'region' and occupation_level = 'occ4'

),

-- Months that end twelve complete ones. A cell without a row in one of them had no posting then.
whole_years as (

  select
    later.period,
  from {{ ref('int_list_posting_periods') }} as later
  inner join {{ ref('int_list_posting_periods') }} as earlier
    on
      earlier.frequency = 'month'
      and earlier.is_complete
      and earlier.period between later.period - interval 11 month and later.period
  where later.frequency = 'month' and later.is_complete
  group by later.period
  having count(*) = 12

),

year_of_posts as (

  select
    whole_years.period,
    posted.area_code,
    posted.occupation_code,
    fsum(posted.positions_new order by posted.period) as positions_new,
  from whole_years
  inner join posted on posted.period between whole_years.period - interval 11 month and whole_years.period
  group by all

),

explained as (

  select
    cells.*,
    coalesce(year_of_posts.positions_new, 0) as positions_new,
    posted.permanent_full_time_share,
    links.skill_link as skill_link_value,
    places.geographic_mismatch as geographic_mismatch_value,
    case
      when whole_years.period is null then 'insufficient_history'
      when cells.employed is null then cells.employed_reason
      when cells.employed = 0 then 'no_denominator'
      else 'ok'
    end as hiring_intensity_reason,
    case
      when cells.unemployed is null then cells.unemployed_reason
      when cells.employed is null then cells.employed_reason
      when cells.employed = 0 then 'no_denominator'
      else 'ok'
    end as labour_scarcity_reason,
    coalesce(posted.permanent_full_time_share_reason, 'not_in_source') as job_instability_reason,
    'not_in_source' as working_conditions_reason,
    if(links.skill_link is null, 'not_in_source', 'ok') as skill_link_reason,
    coalesce(places.geographic_mismatch_reason, 'not_in_source') as geographic_mismatch_reason,
  from cells
  left join whole_years using (period)
  left join year_of_posts using (period, area_code, occupation_code)
  left join posted using (period, area_code, occupation_code)
  left join {{ ref('int_measure_skill_links') }} as links using (period, occupation_code)
  left join {{ ref('int_measure_geographic_mismatch') }} as places using (period, occupation_code)

)

select
  period,
  area_code,
  occupation_code,
  unemployed,
  case when hiring_intensity_reason = 'ok' then round(positions_new / employed, 9) end as hiring_intensity,
  hiring_intensity_reason,
  case when labour_scarcity_reason = 'ok' then round(-unemployed / employed, 9) + 0.0 end as labour_scarcity,
  labour_scarcity_reason,
  case when job_instability_reason = 'ok' then round(1 - permanent_full_time_share, 9) end as job_instability,
  job_instability_reason,
  null::double as working_conditions,
  working_conditions_reason,
  case when skill_link_reason = 'ok' then skill_link_value end as skill_link,
  skill_link_reason,
  case when geographic_mismatch_reason = 'ok' then geographic_mismatch_value end as geographic_mismatch,
  geographic_mismatch_reason,
  vintage_id,
  known_from,
  known_to,
  division_year,
  coverage,
  gate_state,
from explained
