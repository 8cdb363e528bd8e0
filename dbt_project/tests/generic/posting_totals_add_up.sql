{# Areas or occupations of a month or day that do not add up to what holds them: regions and the bucket Unknown to the country,
   one-digit groups and the buckets to the total. Countries and regions only: there nothing is withheld. #}
{% test posting_totals_add_up(model) %}
  {%- set measures = ['postings_new', 'postings_open', 'postings_closed', 'positions_new', 'positions_open', 'positions_closed'] %}
  with

  by_area as (

    select
      'regions' as parts,
      occupation_code as code,
      frequency,
      period,
      {% for measure in measures %}
      abs(
        coalesce(sum({{ measure }}) filter (area_level = 'region'), 0) - coalesce(sum({{ measure }}) filter (area_level = 'country'), 0)
      ) as {{ measure }},
      {% endfor %}
    from {{ model }}
    where area_level in ('country', 'region')
    group by occupation_code, frequency, period

  ),

  by_occupation as (

    select
      'occupations' as parts,
      area_code as code,
      frequency,
      period,
      {% for measure in measures %}
      abs(
        coalesce(sum({{ measure }}) filter (occupation_level in ('occ1', 'bucket')), 0)
        - coalesce(sum({{ measure }}) filter (occupation_level = 'total'), 0)
      ) as {{ measure }},
      {% endfor %}
    from {{ model }}
    where area_level in ('country', 'region')
    group by area_code, frequency, period

  )

  select *
  from (from by_area union all by name from by_occupation)
  where {% for measure in measures %}{{ measure }} > 0.001{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
