{# What stands before a citation, so that nobody takes made-up or replayed numbers for the source's own. #}
{% macro attribution_prefix() -%}
  {{- {
    'synthetic': 'SYNTHETIC, not real data. Laid out as: ',
    'recorded': 'RECORDED and replayed; release time and regional division as the replay server states them: ',
    'live': '',
  }[env_var('KOHTAANTO_DATA_KIND', 'synthetic')] -}}
{%- endmacro %}
