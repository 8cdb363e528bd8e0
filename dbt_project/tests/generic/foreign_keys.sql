{# Codes of the model that have no row in the table they point to; one query for all keys of a model.
   keys: list of {columns, to_table, to_columns}, the same list that the model carries as `meta.foreign_keys`. A NULL points nowhere. #}
{% test foreign_keys(model, keys) %}
  {% for key in keys %}
  select
    '{{ key.columns | join(", ") }}' as foreign_key,
    concat_ws(', ', {{ key.columns | join(', ') }}) as code,
    count(*) as rows_with_code,
  from {{ model }}
  where
    {{ key.columns | join(' is not null and ') }} is not null
    and ({{ key.columns | join(', ') }}) not in (
      select ({{ key.to_columns | join(', ') }}) from {{ ref(key.to_table) }}
    )
  group by all
  {{ 'union all' if not loop.last }}
  {% endfor %}
{% endtest %}
