with

totals as (

  select
    period,
    area_code,
    unemployed,
    vacancies,
  from {{ ref('stg_statfin__occupation_stocks') }}
  where occupation_code = '{{ var("total_occupation_code") }}'

),

-- A region takes the fill of Python. The country and areas without place have no occupation rows above them that could weigh
-- their blanks, so the same fill is an even share of what the total leaves over.
cells as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    occupation.occupation_level,
    {% for measure in ['unemployed', 'vacancies'] -%}
    stocks.{{ measure }},
    stocks.{{ measure }}_reason,
    case
      when filled.area_code is not null then filled.{{ measure }}
      else {{ fill_by_margin('stocks.' ~ measure, 'totals.' ~ measure, 'true') }}
    end as {{ measure }}_filled,
    {% endfor %}
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  left join totals using (period, area_code)
  left join {{ ref('int_collect_filled_cells') }} as filled using (period, area_code, occupation_code)
  where occupation.occupation_level in ('occ4', 'special')
  window siblings as (partition by stocks.period, stocks.area_code)

),

levels as (

  select
    occupation_level,
    digits,
  from (values ('occ1', 1), ('occ2', 2), ('occ3', 3)) as listed (occupation_level, digits)

)

select
  cells.period,
  cells.area_code,
  levels.occupation_level,
  left(cells.occupation_code, levels.digits) as occupation_code,
  {{ as_sum('unemployed', filled='unemployed_filled') }},
  {{ as_sum('vacancies', filled='vacancies_filled') }},
from cells
cross join levels
where cells.occupation_level = 'occ4'
group by all
