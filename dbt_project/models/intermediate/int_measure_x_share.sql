with

x_codes as (

  select
    stocks.period,
    stocks.area_code,
    {% for measure in ['unemployed', 'vacancies'] %}
    bool_and(stocks.{{ measure }}_reason in ('ok', 'suppressed_source')) as has_{{ measure }},
    sum({{ lower_bound('stocks.' ~ measure) }}) as {{ measure }}_lo,
    sum({{ upper_bound('stocks.' ~ measure) }}) as {{ measure }}_hi,
    {% endfor %}
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.is_x_code
  group by all

),

totals as (

  select
    period,
    area_code,
    unemployed,
    unemployed_reason,
    vacancies,
    vacancies_reason,
  from {{ ref('stg_statfin__occupation_stocks') }}
  where occupation_code = 'SSS'

),

judged as (

  select
    totals.period,
    totals.area_code,
    {% for measure in ['unemployed', 'vacancies'] %}
    (x_codes.{{ measure }}_lo + x_codes.{{ measure }}_hi) / 2 / totals.{{ measure }} as x_share_{{ measure }},
    case
      when not coalesce(x_codes.has_{{ measure }}, false) then 'not_in_source'
      when totals.{{ measure }}_reason != 'ok' then totals.{{ measure }}_reason
      when totals.{{ measure }} = 0 then 'no_denominator'
      when (x_codes.{{ measure }}_hi - x_codes.{{ measure }}_lo) / 2 > {{ var('x_share_tolerance') }} * totals.{{ measure }}
        then 'suppressed_source'
      else 'ok'
    end as x_share_{{ measure }}_reason,
    {% endfor %}
  from totals
  left join x_codes using (period, area_code)

)

select
  period,
  area_code,
  {% for measure in ['unemployed', 'vacancies'] %}
  case when x_share_{{ measure }}_reason = 'ok' then x_share_{{ measure }} end as x_share_{{ measure }},
  x_share_{{ measure }}_reason,
  {% endfor %}
from judged
