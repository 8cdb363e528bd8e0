with

-- Where the two sides of each index come from.
sides as (

  select
    listed.table_set,
    vacancies.period,
    unemployed.vintage_id as unemployed_vintage_id,
    vacancies.vintage_id,
    greatest(unemployed.known_from, vacancies.known_from) as known_from,
    vacancies.division_year,
  from (
    values
    ('areas', '12r5', '12r5'),
    ('regional occupations', '12ti', '12ti'),
    ('municipal occupations', '12ti_municipalities', '12ti_municipalities'),
    ('surveys', '137i', '11n1')
  ) as listed (table_set, unemployed_table, vacancies_table)
  inner join {{ ref('stg_statfin__vintages') }} as unemployed on listed.unemployed_table = unemployed.table_id
  inner join {{ ref('stg_statfin__vintages') }} as vacancies
    on listed.vacancies_table = vacancies.table_id and unemployed.period = vacancies.period

),

scored as (

  select
    scores.*,
    nested.area_level,
    scores.occupation_level != 'total' as is_occupational,
    case
      when scores.data_source = 'survey' then 'surveys'
      when not is_occupational then 'areas'
      when nested.area_level = 'employment_area' or starts_with(scores.partition, 'employment_area') then 'municipal occupations'
      else 'regional occupations'
    end as table_set,
    min(scores.mismatch) over grid as band_lo,
    max(scores.mismatch) over grid as band_hi,
  from {{ ref('int_score_mismatch') }} as scores
  inner join {{ ref('int_nest_areas') }} as nested using (area_code)
  window grid as (partition by scores.data_source, scores.frequency, scores.area_code, scores.partition, scores.period)
  -- The band looks at the whole grid before its unpublished alphas drop out.
  qualify scores.is_published

),

-- The data source and the area as columns: a condition on one side alone would have every row compared with every other.
drawn as (

  select
    'register' as data_source,
    period,
    area_code,
    partition,
    round(alpha, 2) as alpha,
    mismatch_draw_mean,
    mismatch_draw_min,
    mismatch_draw_max,
    noise_floor,
  from {{ source('matching', 'index_uncertainty') }}

),

unlocated as (

  select
    'register' as data_source,
    period,
    '{{ var("country_code") }}' as area_code,
    unlocated_share_vacancies,
    unlocated_share_vacancies_reason,
  from {{ ref('int_measure_unlocated_share') }}

),

-- What suppression and small counts do to the index: of the register alone, and only where the index itself is shown.
uncertain as (

  select
    scored.*,
    case
      when scored.data_source != 'register' then 'not_applicable'
      when scored.mismatch_reason != 'ok' then scored.mismatch_reason
      when drawn.mismatch_draw_mean is null then 'not_applicable'
      else 'ok'
    end as mismatch_draw_mean_reason,
    case
      when scored.data_source != 'register' then 'not_applicable'
      when scored.mismatch_reason != 'ok' then scored.mismatch_reason
      when drawn.noise_floor is null then 'not_applicable'
      else 'ok'
    end as noise_floor_reason,
    case when mismatch_draw_mean_reason = 'ok' then drawn.mismatch_draw_mean end as mismatch_draw_mean,
    case when mismatch_draw_mean_reason = 'ok' then drawn.mismatch_draw_min end as mismatch_draw_min,
    case when mismatch_draw_mean_reason = 'ok' then drawn.mismatch_draw_max end as mismatch_draw_max,
    case when noise_floor_reason = 'ok' then drawn.noise_floor end as noise_floor,
  from scored
  left join drawn
    on
      scored.data_source = drawn.data_source
      and scored.period = drawn.period
      and scored.area_code = drawn.area_code
      and scored.partition = drawn.partition
      and round(scored.alpha, 2) = drawn.alpha

)

select
  scored.period,
  scored.frequency,
  scored.area_code,
  scored.area_level,
  scored.partition,
  scored.alpha,
  scored.data_source,
  scored.mismatch,
  scored.mismatch_reason,
  scored.band_lo,
  scored.band_hi,
  scored.outer_lo,
  scored.outer_hi,
  scored.mismatch_draw_mean,
  scored.mismatch_draw_min,
  scored.mismatch_draw_max,
  round(scored.mismatch_draw_mean - scored.mismatch, 13) as suppression_bias,
  scored.mismatch_draw_mean_reason,
  scored.noise_floor,
  round(scored.mismatch - scored.noise_floor, 13) as mismatch_net,
  scored.noise_floor_reason,
  scored.jackman_roper,
  scored.jackman_roper * round(scored.unemployed_total, 9) as movers,
  scored.cells,
  round(scored.unemployed_total, 9) as unemployed_total,
  round(scored.vacancies_total, 9) as vacancies_total,
  case when scored.is_occupational then x_shares.x_share_unemployed end as x_share_unemployed,
  case when scored.is_occupational then coalesce(x_shares.x_share_unemployed_reason, 'not_in_source') else 'not_applicable' end
    as x_share_unemployed_reason,
  case when scored.is_occupational then x_shares.x_share_vacancies end as x_share_vacancies,
  case when scored.is_occupational then coalesce(x_shares.x_share_vacancies_reason, 'not_in_source') else 'not_applicable' end
    as x_share_vacancies_reason,
  unlocated.unlocated_share_vacancies,
  coalesce(unlocated.unlocated_share_vacancies_reason, 'not_applicable') as unlocated_share_vacancies_reason,
  sides.unemployed_vintage_id,
  sides.vintage_id,
  sides.known_from,
  null::timestamp as known_to,
  sides.division_year,
  '{{ var("method_version") }}' as method_version,
  case
    when scored.is_exact and scored.mismatch is not null and scored.data_source = 'register' then 'exact' -- surveys estimate
    when scored.mismatch is not null then 'estimated'
    else 'interval_only'
  end as value_kind,
  scored.mismatch_reason as reason,
  scored.coverage,
  'passed' as gate_state,
from uncertain as scored
inner join sides using (table_set, period)
left join {{ ref('int_measure_x_share') }} as x_shares
  on scored.period = x_shares.period and scored.area_code = x_shares.area_code
left join unlocated
  on scored.data_source = unlocated.data_source and scored.period = unlocated.period and scored.area_code = unlocated.area_code
order by scored.partition, scored.area_code, scored.period, scored.alpha
