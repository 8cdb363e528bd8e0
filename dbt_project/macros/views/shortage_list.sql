{# Markets of the newest month in which at least one rating says that jobseekers are short, by area. Åland is in no ranking. #}
{% macro shortage_list(language) -%}
with

signs as (

  select
    *,
    coalesce(tension_class in ('tight', 'very_tight'), false)::integer
    + coalesce(keha_state = 'shortage', false)::integer
    + coalesce(shortage_class = 'shortage', false)::integer
    + coalesce(four_way_class in ('shortage', 'paradox'), false)::integer as shortage_signs,
    (tension_class is not null)::integer
    + (keha_state is not null)::integer
    + (shortage_class is not null)::integer
    + (four_way_class is not null)::integer as ratings_made,
  from {{ ref('latest_market') }}
  where area_level in ('region', 'employment_area') and occupation_level != 'total'

)

select
  signs.period,
  {{ named('area_level', 'area_level', 'signs', language) }},
  signs.area_code,
  {{ area_name('areas', language) }} as area_name,
  {{ named('occupation_level', 'occupation_level', 'signs', language) }},
  signs.occupation_code,
  {{ occupation_name('occupations', language) }} as occupation_name,
  row_number() over (
    partition by signs.area_code, signs.occupation_level
    order by signs.shortage_signs desc, signs.shortage_score desc nulls last, signs.theta_eb desc nulls last, signs.occupation_code
  ) as rank_in_area,
  signs.shortage_signs,
  signs.ratings_made,
  {{ best_count('unemployed', 'signs', language) }},
  {{ best_count('vacancies', 'signs', language) }},
  {{ explained(['unemployed_yoy', 'vacancies_yoy', 'theta_eb'], 'signs', language) }},
  signs.theta_eb_lo,
  signs.theta_eb_hi,
  signs.is_u_small,
  {{ named('tension_class', 'tension_class', 'signs', language) }},
  {{ label_of('reason', 'signs.tension_class_reason', language) }} as tension_class_reason_name,
  signs.p_class,
  {{ named('keha_state', 'keha_state', 'signs', language) }},
  {{ label_of('reason', 'signs.keha_state_reason', language) }} as keha_state_reason_name,
  {{ explained(['shortage_score'], 'signs', language) }},
  {{ named('shortage_class', 'shortage_class', 'signs', language) }},
  {{ named('four_way_class', 'four_way_class', 'signs', language) }},
  {{ label_of('reason', 'signs.four_way_class_reason', language) }} as four_way_class_reason_name,
  {{ explained(['accessibility'], 'signs', language) }},
  {{ label_of('value_kind', 'signs.value_kind', language) }} as value_kind_name,
  signs.coverage,
  {{ label_of('gate_state', 'signs.gate_state', language) }} as gate_state_name,
  signs.vintage_id,
from signs
inner join {{ ref('dim_area') }} as areas using (area_code)
inner join {{ ref('dim_occupation') }} as occupations using (occupation_code)
where signs.shortage_signs > 0 and not areas.is_aland
{%- endmacro %}
