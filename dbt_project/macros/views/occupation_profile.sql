{# Each occupation of the country in the newest month: counts, rates, tightness, in how many regions it is tight, how far its jobseekers and
   vacancies lie apart. Åland is not counted among the regions. #}
{% macro occupation_profile(language) -%}
with

regions as (

  select
    markets.occupation_code,
    count(*) filter (markets.tension_class in ('very_loose', 'loose')) as regions_loose,
    count(*) filter (markets.tension_class = 'average') as regions_average,
    count(*) filter (markets.tension_class in ('tight', 'very_tight')) as regions_tight,
    count(*) filter (markets.tension_class is null) as regions_without_class,
  from {{ ref('latest_market') }} as markets
  inner join {{ ref('dim_area') }} as areas using (area_code)
  where markets.area_level = 'region' and not areas.is_aland
  group by markets.occupation_code

),

plans as (

  select
    occupation_code,
    period,
    w1_km,
    w1_km_reason,
    jackman_roper,
    own_region,
    cross_region,
    placement_reason,
    km_per_placement,
    km_per_placement_reason,
  from {{ ref('fct_transport_summary') }}
  where partition = 'region' and variant = 'located'

),

concentrations as (

  select
    occupation_code,
    period,
    vacancies_concentration,
    vacancies_concentration_reason,
  from {{ ref('fct_concentration') }}
  where partition = 'region'

)

select
  markets.period,
  {{ named('occupation_level', 'occupation_level', 'markets', language) }},
  markets.occupation_code,
  {{ occupation_name('occupations', language) }} as occupation_name,
  occupations.parent_occupation_code,
  {{ occupation_name('parents', language) }} as parent_occupation_name,
  {{ best_count('unemployed', 'markets', language) }},
  {{ best_count('vacancies', 'markets', language) }},
  {{ explained([
    'unemployed_yoy', 'vacancies_yoy', 'employed', 'unemployment_rate_occ', 'vacancy_rate_occ'
  ], 'markets', language) }},
  markets.theta_raw,
  markets.theta_lo,
  markets.theta_hi,
  {{ label_of('reason', 'markets.theta_reason', language) }} as theta_reason_name,
  {{ explained(['seekers_per_vacancy'], 'markets', language) }},
  {{ named('tension_class_raw', 'tension_class', 'markets', language) }},
  {{ named('keha_state', 'keha_state', 'markets', language) }},
  {{ label_of('reason', 'markets.keha_state_reason', language) }} as keha_state_reason_name,
  coalesce(regions.regions_loose, 0) as regions_loose,
  coalesce(regions.regions_average, 0) as regions_average,
  coalesce(regions.regions_tight, 0) as regions_tight,
  coalesce(regions.regions_without_class, 0) as regions_without_class,
  plans.w1_km,
  {{ label_of('reason', "coalesce(plans.w1_km_reason, 'not_in_source')", language) }} as w1_km_reason_name,
  plans.jackman_roper,
  plans.own_region,
  plans.cross_region,
  {{ label_of('reason', "coalesce(plans.placement_reason, 'not_in_source')", language) }} as placement_reason_name,
  plans.km_per_placement,
  {{ label_of('reason', "coalesce(plans.km_per_placement_reason, 'not_in_source')", language) }} as km_per_placement_reason_name,
  concentrations.vacancies_concentration,
  {{ label_of('reason', "coalesce(concentrations.vacancies_concentration_reason, 'not_in_source')", language) }}
    as vacancies_concentration_reason_name,
  {{ label_of('assumption', "'placement'", language) }} as assumptions,
  {{ label_of('value_kind', 'markets.value_kind', language) }} as value_kind_name,
  markets.coverage,
  {{ label_of('gate_state', 'markets.gate_state', language) }} as gate_state_name,
  markets.vintage_id,
from {{ ref('latest_market') }} as markets
inner join {{ ref('dim_occupation') }} as occupations using (occupation_code)
left join {{ ref('dim_occupation') }} as parents on occupations.parent_occupation_code = parents.occupation_code
left join regions using (occupation_code)
left join plans using (occupation_code, period)
left join concentrations using (occupation_code, period)
where markets.area_level = 'country'
{%- endmacro %}
