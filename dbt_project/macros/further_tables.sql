{# Tables of StatFin that staging shows beside the compared ones: the keys beside the period, and the landed contents. Belongs here: how
   their rows are taken. Does not belong here: what a content is called, which its staging model says. #}
{% macro further_tables() -%}
  {{ return({
    '12ti_municipalities': {
      'keys': ['area_code', 'occupation_code'],
      'contents': ['tyottomatlopussa', 'avpaikatlopussa'],
    },
    '12tu': {'keys': ['area_code', 'occupation_code'], 'contents': ['hakijayht', 'avpaikatyht']},
    '12tv': {'keys': ['area_code', 'occupation_code', 'employer_sector_code'], 'contents': ['avpaikatlopussa']},
    '12tw': {'keys': ['area_code', 'industry_code'], 'contents': ['avpaikatlopussa', 'atpavgjatkestot']},
    '12ta': {'keys': ['area_code', 'unemployment_duration_code'], 'contents': ['tyottomatlopussa']},
    '12te': {'keys': ['area_code', 'education_level_code', 'labour_market_status_code'], 'contents': ['hakijalopussa']},
    '12tk': {'keys': ['area_code', 'occupation_code', 'education_level_code'], 'contents': ['hakijayht']},
    '12tn': {'keys': ['area_code', 'end_reason_code'], 'contents': ['paattyneettyottjaksot']},
    '11l1': {'keys': [], 'contents': ['atp_lkm', 'atp_eihoit', 'atp_osa', 'atp_maar', 'atp_vaik']},
    '115s': {'keys': ['area_code', 'occupation_code'], 'contents': ['tyolliset2']},
    '115q': {'keys': ['occupation_code'], 'contents': ['tyolliset2']},
    '11ra': {'keys': ['area_code'], 'contents': ['vaesto']},
  }) }}
{%- endmacro %}

{# Every landed table with its keys and contents: those whose vintages are compared cell by cell, and the further ones. #}
{% macro landed_tables() -%}
  {%- set tables = {} -%}
  {%- for table_id, table in compared_tables().items() -%}
    {%- do tables.update({table_id: {'keys': table['keys'], 'contents': table['measures'].values() | list}}) -%}
  {%- endfor -%}
  {%- do tables.update(further_tables()) -%}
  {{ return(tables) }}
{%- endmacro %}

{# The compared tables, for a condition: table_id in (...). #}
{% macro compared_table_ids() -%}
  '{{ compared_tables() | join("', '") }}'
{%- endmacro %}

{# The rows of a further table that staging shows: per period those of the newest vintage that has it, with codes as the mart writes
   them and since when the whole period is as it is. A code that nobody knows stays as written, for the tests to tell. #}
{% macro newest_rows(table_id) -%}
  {%- set keys = further_tables()[table_id]['keys'] -%}
  select
    landed.*
    {%- if keys %} replace (
      {%- for key in keys %}
      {{ 'coalesce(codes.area_code, landed.area_code)' if key == 'area_code' else code_or_total('landed.' ~ key) }} as {{ key }},
      {%- endfor %}
    )
    {%- endif %},
    vintages.known_from,
    null::timestamp as known_to,
    vintages.is_dropped_by_source,
  from {{ source('statfin', table_id) }} as landed
  inner join {{ ref('stg_statfin__vintages') }} as vintages
    on vintages.table_id = '{{ table_id }}' and landed.vintage_id = vintages.vintage_id and landed.period = vintages.period
  {% if 'area_code' in keys -%}
  left join {{ ref('stg_reference__area_codes') }} as codes
    on codes.is_statfin_code and landed.area_code = codes.written_code
  {%- endif %}
{%- endmacro %}

{# A code as the mart writes it: the whole is SSS everywhere in the mart, but SS or SSSSS in some tables of StatFin. A single S is
   a section of industries. #}
{% macro code_or_total(code) -%}
  if(regexp_full_match({{ code }}, 'SS+'), '{{ var("total_occupation_code") }}', {{ code }})
{%- endmacro %}
