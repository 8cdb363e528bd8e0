{# Tables of StatFin whose vintages are compared, cell by cell: the keys beside the period, and what each landed content is called
   in the mart; a `unit` turns the source's number into the mart's. Belongs here: how vintages are told apart. What a revision means is said in fct_revision. #}
{% macro compared_tables() -%}
  {{ return({
    '12ti': {
      'keys': ['area_code', 'occupation_code'],
      'measures': {'unemployed': 'tyottomatlopussa', 'vacancies': 'avpaikatlopussa'},
    },
    '12r5': {
      'keys': ['area_code'],
      'measures': {
        'unemployed': 'tyottomatlopussa',
        'vacancies': 'avpaikatlopussa',
        'labour_force': 'tyovoimatk',
      },
    },
    '11n1': {'keys': ['area_code'], 'measures': {'vacancies': 'atp_lkm'}},
    '137i': {'keys': ['area_code'], 'measures': {'unemployed': 'tyottomat'}, 'unit': 1000},
  }) }}
{%- endmacro %}

{# The rows of a landed table that staging shows: per period those of the newest vintage that has it, with the area's code as the
   mart writes it and since when the cell is as it is. A code that nobody knows stays as written, for the tests to refuse. #}
{% macro newest_cells(table_id) -%}
  {%- set keys = compared_tables()[table_id]['keys'] -%}
  select
    landed.* replace (coalesce(codes.area_code, landed.area_code) as area_code),
    coalesce(changes.known_from, vintages.division_known_from) as known_from,
    null::timestamp as known_to,
    vintages.is_dropped_by_source,
  from {{ source('statfin', table_id) }} as landed
  inner join {{ ref('stg_statfin__vintages') }} as vintages
    on vintages.table_id = '{{ table_id }}' and landed.vintage_id = vintages.vintage_id and landed.period = vintages.period
  left join {{ ref('stg_reference__area_codes') }} as codes
    on codes.is_statfin_code and landed.area_code = codes.written_code
  left join (
    select
      changed.period,
      changed.area_code,
      changed.occupation_code,
      max(changed.known_at) as known_from,
    from {{ ref('stg_statfin__changes') }} as changed
    inner join {{ ref('stg_statfin__vintages') }} as shown
      on changed.table_id = shown.table_id and changed.period = shown.period
    where changed.table_id = '{{ table_id }}' and changed.known_at > shown.division_known_from
    group by all
  ) as changes
    on
      landed.period = changes.period
      and landed.area_code = changes.area_code
      {% if 'occupation_code' in keys -%}
      and landed.occupation_code = changes.occupation_code
      {%- endif %}
{%- endmacro %}

{# One number for all cells of a `group by`, whatever their order: equal contents give equal numbers, and others almost never. #}
{% macro fingerprint(columns) -%}
  bit_xor(hash({{ columns | join(', ') }}))
{%- endmacro %}
