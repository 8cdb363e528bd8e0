with

-- Where the two sides of each data source and period come from.
sides as (

  select
    listed.data_source,
    vacancies.period,
    unemployed.vintage_id as unemployed_vintage_id,
    vacancies.vintage_id,
    greatest(unemployed.known_from, vacancies.known_from) as known_from,
    vacancies.division_year,
  from (values ('register', '12r5', '12r5'), ('survey', '137i', '11n1')) as listed (data_source, unemployed_table, vacancies_table)
  inner join {{ ref('stg_statfin__vintages') }} as unemployed on listed.unemployed_table = unemployed.table_id
  inner join {{ ref('stg_statfin__vintages') }} as vacancies
    on listed.vacancies_table = vacancies.table_id and unemployed.period = vacancies.period

)

select
  scored.period,
  scored.frequency,
  '{{ var("country_code") }}' as area_code,
  scored.partition,
  scored.alpha,
  scored.data_source,
  scored.mismatch,
  scored.mismatch_reason,
  min(scored.mismatch) over grid as band_lo,
  max(scored.mismatch) over grid as band_hi,
  scored.outer_lo,
  scored.outer_hi,
  scored.jackman_roper,
  scored.jackman_roper * scored.unemployed_total as movers,
  scored.cells,
  scored.unemployed_total,
  scored.vacancies_total,
  unlocated.unlocated_share_vacancies,
  coalesce(unlocated.unlocated_share_vacancies_reason, 'not_applicable') as unlocated_share_vacancies_reason,
  sides.unemployed_vintage_id,
  sides.vintage_id,
  sides.known_from,
  null::timestamp as known_to,
  sides.division_year,
  '{{ var("method_version") }}' as method_version,
  case
    when scored.is_exact and scored.data_source = 'register' then 'exact' -- a survey is an estimate by its nature
    when scored.mismatch is not null then 'estimated'
    else 'interval_only'
  end as value_kind,
  scored.mismatch_reason as reason,
  scored.coverage,
  'passed' as gate_state,
from {{ ref('int_score_mismatch') }} as scored
inner join sides using (data_source, period)
left join {{ ref('int_measure_unlocated_share') }} as unlocated
  on scored.period = unlocated.period and scored.data_source = 'register'
window grid as (partition by scored.data_source, scored.frequency, scored.partition, scored.period)
-- The band looks at the whole grid before its unpublished alphas drop out.
qualify scored.is_published
order by scored.partition, scored.period, scored.alpha
