{%- set country = "'" ~ var('country_code') ~ "'" -%}
{%- set levels = ['occ1', 'occ2', 'occ3', 'occ4'] -%}
with

scores as (

  select
    period,
    area_code,
    partition,
    occupation_level,
    alpha,
    mismatch,
    mismatch_reason,
    unemployed_total,
    vacancies_total,
    is_exact,
    coverage,
  from {{ ref('int_score_mismatch') }}
  where data_source = 'register' and is_published and occupation_level in ('{{ levels | join("', '") }}')

),

pairs as (

  select * from scores where area_code = {{ country }} and partition = 'region_x_' || occupation_level

),

occupations as (

  select * from scores where area_code = {{ country }} and partition = occupation_level

),

-- The regions without X codes: their totals are sums of the same cells as the pairs.
regions as (

  select
    scores.*,
    {{ exact_sum('scores.unemployed_total', over='same_level') }} as country_unemployed,
    {{ exact_sum('scores.vacancies_total', over='same_level') }} as country_vacancies,
  from scores
  inner join {{ ref('int_nest_areas') }} as nested on scores.area_code = nested.area_code and nested.area_level = 'region'
  where scores.partition = scores.occupation_level
  window same_level as (partition by scores.period, scores.occupation_level, scores.alpha)

),

-- Weights v_r^alpha u_r^(1 - alpha) of the regions; one without jobseekers or without vacancies has none.
weighted as (

  select
    *,
    {{ matched('alpha', 'unemployed_total / country_unemployed', 'vacancies_total / country_vacancies') }} as weight,
    case when weight = 0 then 0 else weight * (1 - mismatch) end as matched_within,
  from regions

),

between_regions as (

  select
    period,
    occupation_level,
    alpha,
    {{ settled("1 - " ~ exact_sum('weight')) }} as mismatch_region,
    case
      when count(*) = count(matched_within) and {{ exact_sum('weight') }} > 0
        then {{ settled("1 - " ~ exact_sum('matched_within') ~ " / " ~ exact_sum('weight')) }}
    end as mismatch_within_regions,
  from weighted
  group by period, occupation_level, alpha

),

joined as (

  select
    pairs.period,
    pairs.area_code,
    pairs.partition,
    pairs.occupation_level,
    pairs.alpha,
    between_regions.mismatch_region,
    occupations.mismatch as mismatch_occupation,
    pairs.mismatch as mismatch_region_occupation,
    between_regions.mismatch_within_regions,
    {% for part, mismatch in [
      ('region', 'between_regions.mismatch_region'), ('occupation', 'occupations.mismatch'), ('both', 'pairs.mismatch')
    ] %}
    case when {{ mismatch }} < 1 then {{ log_index(mismatch) }} end as log_{{ part }},
    {% endfor %}
    pairs.is_exact,
    pairs.coverage,
    case
      when pairs.mismatch_reason != 'ok' then pairs.mismatch_reason
      when occupations.mismatch_reason != 'ok' then occupations.mismatch_reason
      when log_both is null or log_region is null or log_occupation is null then 'undefined'
      else 'ok'
    end as reason,
  from pairs
  inner join occupations using (period, occupation_level, alpha)
  inner join between_regions using (period, occupation_level, alpha)

),

split as (

  select
    *,
    {% for part, formula in [
      ('log_index', 'log_both'),
      ('shapley_region', '(log_region + log_both - log_occupation) / 2'),
      ('shapley_occupation', '(log_occupation + log_both - log_region) / 2'),
      ('interaction', 'log_both - log_region - log_occupation'),
      ('nested_between', 'log_region'),
      ('nested_within', log_index('mismatch_within_regions'))
    ] %}
    case when reason = 'ok' then round({{ formula }}, 13) end as {{ part }},
    {% endfor %}
    case when reason = 'ok' and log_both = 0 then 'undefined' else reason end as share_reason,
  from joined

)

select
  split.period,
  split.area_code,
  split.occupation_level,
  split.alpha,
  case when split.reason = 'ok' then split.mismatch_region end as mismatch_region,
  case when split.reason = 'ok' then split.mismatch_occupation end as mismatch_occupation,
  case when split.reason = 'ok' then split.mismatch_region_occupation end as mismatch_region_occupation,
  split.log_index,
  split.shapley_region,
  split.shapley_occupation,
  split.interaction,
  case
    when split.share_reason = 'ok'
      then round((split.log_region + split.log_both - split.log_occupation) / 2 / split.log_both, 13)
  end as shapley_region_share,
  case
    when split.share_reason = 'ok'
      then round((split.log_occupation + split.log_both - split.log_region) / 2 / split.log_both, 13)
  end as shapley_occupation_share,
  split.share_reason as shapley_region_share_reason,
  split.nested_between,
  split.nested_within,
  case when split.reason = 'ok' then split.mismatch_within_regions end as mismatch_within_regions,
  case when split.nested_within is not null then 'ok' when split.reason != 'ok' then split.reason else 'suppressed_secondary' end
    as nested_within_reason,
  case when split.reason = 'ok' then drawn.noise_floor end as noise_floor,
  case when split.reason != 'ok' then split.reason when drawn.noise_floor is null then 'not_applicable' else 'ok' end
    as noise_floor_reason,
  vintages.vintage_id,
  vintages.known_from,
  null::timestamp as known_to,
  vintages.division_year,
  '{{ var("method_version") }}' as method_version,
  case when split.reason != 'ok' then 'interval_only' when split.is_exact then 'exact' else 'estimated' end as value_kind,
  split.reason,
  case when split.reason = 'ok' then split.coverage else 0 end as coverage,
  'passed' as gate_state,
from split
inner join {{ ref('stg_statfin__vintages') }} as vintages on vintages.table_id = '12ti' and split.period = vintages.period
left join {{ source('matching', 'index_uncertainty') }} as drawn
  on
    split.period = drawn.period
    and split.area_code = drawn.area_code
    and split.partition = drawn.partition
    and round(split.alpha, 2) = round(drawn.alpha, 2)
order by split.occupation_level, split.period, split.alpha
