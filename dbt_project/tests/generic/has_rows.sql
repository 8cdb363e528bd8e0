{# One failing row for a table that is empty: an empty input must stop the build, not thin out what follows. #}
{% test has_rows(model) %}
  select count(*) as row_count
  from {{ model }}
  having count(*) = 0
{% endtest %}
