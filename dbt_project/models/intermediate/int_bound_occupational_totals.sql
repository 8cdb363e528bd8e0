{%- set measures = ['unemployed', 'vacancies'] -%}
with

x_codes as (

  select
    stocks.period,
    stocks.area_code,
    {% for measure in measures %}
    bool_and(stocks.{{ measure }}_reason in ('ok', 'suppressed_source')) as has_{{ measure }},
    sum({{ lower_bound('stocks.' ~ measure) }}) as {{ measure }}_lo,
    sum({{ upper_bound('stocks.' ~ measure) }}) as {{ measure }}_hi,
    {% endfor %}
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.is_x_code
  group by stocks.period, stocks.area_code

),

totals as (

  select
    period,
    area_code,
    {% for measure in measures %}
    {{ lower_bound(measure) }} as {{ measure }}_lo,
    {{ upper_bound(measure) }} as {{ measure }}_hi,
    {% endfor %}
  from {{ ref('stg_statfin__occupation_stocks') }}
  where occupation_code = '{{ var("total_occupation_code") }}'

)

select
  totals.period,
  nested.area_level,
  totals.area_code,
  {% for measure in measures %}
  case when x_codes.has_{{ measure }} then greatest(totals.{{ measure }}_lo - x_codes.{{ measure }}_hi, 0) end::double
    as {{ measure }}_min,
  case when x_codes.has_{{ measure }} then totals.{{ measure }}_hi - x_codes.{{ measure }}_lo end::double as {{ measure }}_max,
  {% endfor %}
from totals
inner join {{ ref('int_nest_areas') }} as nested using (area_code)
inner join x_codes using (period, area_code)
