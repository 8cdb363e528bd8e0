{# Totals that the spreading over areas and occupations loses or doubles: the country must hold every posting on the total and on the level
   that each posting itself is on. The model has area_level, area_code, occupation_level, postings, positions. #}
{% test parts_add_up_postings(model) %}
  with

  expected as (

    select
      coalesce(sum(postings), 0) as postings,
      coalesce(sum(positions), 0) as positions,
    from {{ ref('stg_tyomarkkinatori__posting_cohorts') }}

  ),

  found as (

    select
      area_level,
      coalesce(sum(postings), 0) as postings,
      coalesce(sum(positions), 0) as positions,
    from {{ model }}
    where occupation_level = 'total' and area_level in ('country', 'region')
    group by area_level

  )

  select found.*
  from found
  cross join expected
  where abs(found.postings - expected.postings) > 0.01 or abs(found.positions - expected.positions) > 0.01

  union all

  select 'no rows' as area_level, postings, positions
  from expected
  where postings > 0 and (select count(*) from found) < 2
{% endtest %}
