{%- set measures = ['unemployed', 'vacancies'] -%}
with

register_area_cells as (

  select
    'register' as data_source,
    'month' as frequency,
    area_level as cell_level,
    period,
    area_code as cell_area_code,
    'total' as occupation_level,
    '{{ var("total_occupation_code") }}' as cell_occupation_code,
    {% for measure in measures %}
    {{ measure }}_filled as {{ measure }},
    {{ measure }}_filled as {{ measure }}_releasable,
    ({{ lower_bound(measure) }})::double as {{ measure }}_lo,
    ({{ upper_bound(measure) }})::double as {{ measure }}_hi,
    ({{ measure }}_reason = 'suppressed_source')::bigint as {{ measure }}_blanks,
    {{ measure }}_reason,
    {% endfor %}
  from {{ ref('int_fill_area_totals') }}

),

survey_periods as (

  select period from {{ ref('stg_statfin__survey_vacancies') }}
  intersect
  select period from {{ ref('stg_statfin__survey_unemployed') }}

),

-- The two surveys share the four mainland major regions; Åland is in neither as a number of its own.
survey_cells as (

  select
    'survey' as data_source,
    'quarter' as frequency,
    'major_region' as cell_level,
    survey_periods.period,
    areas.area_code as cell_area_code,
    'total' as occupation_level,
    '{{ var("total_occupation_code") }}' as cell_occupation_code,
    {% for measure in measures %}
    survey_{{ measure }}.{{ measure }}::double as {{ measure }},
    survey_{{ measure }}.{{ measure }}::double as {{ measure }}_releasable,
    survey_{{ measure }}.{{ measure }}::double as {{ measure }}_lo,
    survey_{{ measure }}.{{ measure }}::double as {{ measure }}_hi,
    0 as {{ measure }}_blanks,
    coalesce(survey_{{ measure }}.{{ measure }}_reason, 'not_in_source') as {{ measure }}_reason,
    {% endfor %}
  from survey_periods
  inner join {{ ref('int_nest_areas') }} as areas on areas.area_level = 'major_region' and not areas.is_aland
  {% for measure in measures %}
  left join {{ ref('stg_statfin__survey_' ~ measure) }} as survey_{{ measure }}
    on survey_periods.period = survey_{{ measure }}.period and areas.area_code = survey_{{ measure }}.area_code
  {% endfor %}

),

-- What is known of a filled cell: single cells of the source, and sums of them.
known_cells as (

  select
    stocks.period,
    stocks.area_code,
    stocks.occupation_code,
    {% for measure in measures %}
    {{ lower_bound('stocks.' ~ measure) }} as {{ measure }}_lo,
    {{ upper_bound('stocks.' ~ measure) }} as {{ measure }}_hi,
    stocks.{{ measure }}_reason,
    {% endfor %}
  from {{ ref('stg_statfin__occupation_stocks') }} as stocks
  inner join {{ ref('occupation') }} as occupation using (occupation_code)
  where occupation.occupation_level = 'occ4'

  {% for summed in ['int_roll_up_occupations', 'int_sum_employment_area_occupations'] %}
  union all

  select
    period,
    area_code,
    occupation_code,
    {% for measure in measures %}
    {{ measure }}_lo,
    {{ measure }}_hi,
    {{ measure }}_reason,
    {% endfor %}
  from {{ ref(summed) }}
  {% endfor %}

),

-- X codes are no markets: they stay out of every partition by occupation, on both sides.
occupational_cells as (

  select
    'register' as data_source,
    'month' as frequency,
    filled.area_level || '_x_' || filled.occupation_level as cell_level,
    filled.area_level,
    filled.period,
    filled.area_code as cell_area_code,
    filled.occupation_level,
    filled.occupation_code as cell_occupation_code,
    {% for measure in measures %}
    filled.{{ measure }},
    filled.{{ measure }}_releasable,
    known.{{ measure }}_lo::double as {{ measure }}_lo,
    known.{{ measure }}_hi::double as {{ measure }}_hi,
    filled.{{ measure }}_blanks,
    coalesce(known.{{ measure }}_reason, 'not_in_source') as {{ measure }}_reason,
    {% endfor %}
  from {{ ref('int_collect_filled_cells') }} as filled
  left join known_cells as known using (period, area_code, occupation_code)
  where filled.occupation_level != 'special'

),

-- The country by occupation is the sum over its regions, not the source's country row, which holds posts without a place.
country_cells as (

  select
    data_source,
    frequency,
    occupation_level as cell_level,
    period,
    '{{ var("country_code") }}' as cell_area_code,
    occupation_level,
    cell_occupation_code,
    {% for measure in measures %}
    {% for column in [measure, measure ~ '_releasable'] %}
    case when count(*) = count({{ column }}) then {{ exact_sum(column) }} end as {{ column }},
    {% endfor %}
    sum({{ measure }}_lo) as {{ measure }}_lo,
    sum({{ measure }}_hi) as {{ measure }}_hi,
    sum({{ measure }}_blanks)::bigint as {{ measure }}_blanks,
    case
      when bool_or({{ measure }}_reason not in ('ok', 'suppressed_source')) then 'not_in_source'
      else max({{ measure }}_reason)
    end as {{ measure }}_reason,
    {% endfor %}
  from occupational_cells
  where area_level = 'region'
  group by data_source, frequency, period, occupation_level, cell_occupation_code

)

{% for cells in ['register_area_cells', 'survey_cells', 'occupational_cells', 'country_cells'] %}
select
  data_source,
  frequency,
  cell_level,
  period,
  cell_area_code,
  occupation_level,
  cell_occupation_code,
  {% for measure in measures %}
  {{ measure }},
  {{ measure }}_releasable,
  {{ measure }}_lo,
  {{ measure }}_hi,
  {{ measure }}_blanks,
  {{ measure }}_reason,
  {% endfor %}
from {{ cells }}

{{ 'union all' if not loop.last }}
{% endfor %}
