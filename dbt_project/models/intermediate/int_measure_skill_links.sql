{#- Levels of education of everybody who was a jobseeker, pooled over the twelve months that end with the period. A withheld count enters as the
    middle of its public interval; an unknown level is no level. -#}
{%- set blank = '(' ~ var('suppressed_lo') ~ ' + ' ~ var('suppressed_hi') ~ ') / 2' -%}
with

periods as (

  select distinct period
  from {{ ref('fct_market_stock') }}

),

counts as (

  select
    periods.period,
    seekers.occupation_code,
    seekers.education_level_code,
    sum(case seekers.jobseekers_in_month_reason
      when 'ok' then seekers.jobseekers_in_month
      when 'suppressed_source' then {{ blank }}
    end) as jobseekers,
  from periods
  inner join {{ ref('stg_statfin__occupation_education_jobseekers') }} as seekers
    on
      seekers.period between periods.period - interval 11 month and periods.period
      and seekers.area_code = '{{ var("country_code") }}'
      and seekers.education_level_code not in ('{{ var("total_occupation_code") }}', 'X')
  group by all

)

select
  period,
  occupation_code,
  sum(jobseekers) as jobseekers,
  {{ concentration_index('jobseekers') }} as skill_link,
from counts
where jobseekers > 0
group by period, occupation_code
having sum(jobseekers) >= {{ score_rules()['fewest_in_base'] }}
