{# Codes in columns of the model that have no label.
   sets: column -> set of dim_label. A NULL needs none. #}
{% test codes_have_labels(model, sets) %}
  {% for column, label_set in sets.items() %}
  select distinct
    '{{ label_set }}' as label_set,
    {{ column }} as code,
  from {{ model }}
  where
    {{ column }} is not null
    and {{ column }} not in (select code from {{ ref('dim_label') }} where label_set = '{{ label_set }}')
  {{ 'union all' if not loop.last }}
  {% endfor %}
{% endtest %}
