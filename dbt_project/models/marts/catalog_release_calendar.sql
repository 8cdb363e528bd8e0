with

-- What each vintage brought: the newest period that it holds, and when the source had it out.
vintages as (

  select
    'statfin' as source_code,
    table_id,
    vintage_id,
    max(period) as newest_period,
    min(known_at) as released_at,
  from {{ ref('stg_statfin__vintage_periods') }}
  group by all

),

-- A second release of the same months is a revision and late for nothing.
first_releases as (

  select *
  from vintages
  qualify row_number() over (partition by source_code, table_id, newest_period order by released_at, vintage_id) = 1

),

sources as (

  select
    source_code,
    table_id,
    table_title,
    cadence,
    lag_days,
    state,
    last_period,
    next_release_date,
  from {{ ref('stg_pipeline__source_state') }}

),

releases as (

  select
    sources.source_code,
    sources.table_id,
    sources.table_title,
    first_releases.newest_period,
    (
      first_releases.newest_period
      + case sources.cadence
        when 'day' then interval 1 day
        when 'month' then interval 1 month
        when 'quarter' then interval 3 month
        when 'year' then interval 12 month
      end
      - interval 1 day
      + to_days(sources.lag_days)
    )::date as expected_date,
    first_releases.released_at,
    first_releases.vintage_id,
    false as is_next,
    sources.state,
  from sources
  inner join first_releases using (source_code, table_id)

  union all

  select
    source_code,
    table_id,
    table_title,
    null::date as newest_period,
    next_release_date as expected_date,
    null::timestamp as released_at,
    null::varchar as vintage_id,
    true as is_next,
    state,
  from sources

)

select
  source_code,
  table_id,
  table_title,
  is_next,
  coalesce(newest_period::varchar, 'next') as release_code,
  newest_period,
  expected_date,
  released_at,
  case when released_at is not null then date_diff('day', expected_date, released_at::date) end::integer as days_late,
  vintage_id,
  state,
from releases
order by source_code, table_id, release_code
