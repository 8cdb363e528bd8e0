{# Rows that share a key or lack a part of it. #}
{% test unique_key(model, columns) %}
  select
    {{ columns | join(', ') }},
    count(*) as rows_with_key,
  from {{ model }}
  group by all
  having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}
