with

hard_breaks as (

  select
    break_code,
    period,
    table_id,
    area_level,
    area_code,
    measure,
  from {{ ref('dim_break') }}
  where kind = 'hard'

),

-- Every series of counts that the mart can hold, by the table it comes from.
series as (

  select
    measures.measure,
    tables.table_id,
    nested.area_code,
    nested.area_level,
  from {{ ref('int_nest_areas') }} as nested
  cross join (select unnest(['unemployed', 'vacancies']) as measure) as measures
  cross join (select unnest(['12r5', '12ti']) as table_id) as tables

),

broken as (

  select
    series.measure,
    series.table_id,
    series.area_code,
    series.area_level,
    hard_breaks.period,
  from series
  inner join hard_breaks
    on
      coalesce(hard_breaks.table_id = series.table_id, true)
      and coalesce(hard_breaks.area_level = series.area_level, true)
      and coalesce(hard_breaks.area_code = series.area_code, true)
      and coalesce(hard_breaks.measure = series.measure, true)
  -- The country's own vacancies go on where some of them lose their place.
  where not (series.area_level = 'country' and starts_with(hard_breaks.break_code, 'flexible_'))

)

select distinct
  measure,
  table_id,
  area_code,
  period,
from broken

union all

-- An index over areas breaks where one side of its areas does.
select distinct
  'mismatch' as measure,
  table_id,
  '{{ var("country_code") }}' as area_code,
  period,
from broken
where area_level = 'region'
order by measure, table_id, area_code, period
