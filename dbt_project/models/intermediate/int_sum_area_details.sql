{%- set measures = ['vacancies_new', 'long_term_unemployed', 'laid_off'] -%}
with

published as (

  select
    period,
    area_code,
    {%- for measure in measures %}
    {{ measure }},
    {{ measure }}_reason,
    {%- endfor %}
  from {{ ref('stg_statfin__area_stocks') }}

),

-- Areas that the source does not print. A tile without a row is a tile that is missing.
summed as (

  select
    totals.period,
    tiles.area_code,
    {%- for measure in measures %}
    case when bool_and(coalesce(published.{{ measure }}_reason, 'not_in_source') = 'ok') then sum(published.{{ measure }}) end::bigint as {{ measure }},
    case
      when bool_and(coalesce(published.{{ measure }}_reason, 'not_in_source') = 'ok') then 'ok'
      when bool_and(coalesce(published.{{ measure }}_reason, 'not_in_source') in ('ok', 'suppressed_source')) then 'suppressed_source'
      else 'not_in_source'
    end as {{ measure }}_reason,
    {%- endfor %}
  from {{ ref('int_tile_areas') }} as tiles
  inner join {{ ref('int_fill_area_totals') }} as totals
    on
      tiles.tile_area_code = totals.area_code
      and tiles.is_on_borders_of_today is not distinct from totals.is_on_borders_of_today
  left join published
    on totals.period = published.period and totals.area_code = published.area_code
  group by all

)

select * from published
union all by name
select * from summed
