{# What the numbers of a source are, as an expression: what the data folder holds, except where no such thing was ever recorded. Of the job
   postings no answer is known, so that a folder of recordings holds made-up ones; of the barometer's rows the rates were computed from the
   recorded counts. #}
{% macro data_kind(source_code) -%}
  {%- set kind = env_var('KOHTAANTO_DATA_KIND', 'synthetic') -%}
  {%- if kind == 'recorded' -%}
    case {{ source_code }} when 'tyomarkkinatori' then 'synthetic' when 'tyovoimabarometri' then 'reconstructed' else 'recorded' end
  {%- else -%}
    '{{ kind }}'
  {%- endif -%}
{%- endmacro %}

{# How a number is to be cited, as an expression. First what it is, so that nobody takes made-up or replayed numbers for the source's own. #}
{% macro attribution(source_code, citation, licence, dates="''") -%}
  case {{ data_kind(source_code) }}
    when 'synthetic' then 'SYNTHETIC, not real data: only its form is the source''s. '
    when 'recorded' then 'RECORDED and replayed: release time and regional division are as the replay server states them. '
    when 'reconstructed' then 'RECONSTRUCTED from recorded counts and ratings: the rates were computed. '
    else ''
  end
  || 'Source: ' || regexp_replace({{ citation }}, '^Source: ', '') || {{ dates }}
  || '. Licence: ' || replace({{ licence }}, 'CC-BY-4.0', 'CC BY 4.0') || '.'
{%- endmacro %}
