{# Rows where a value and its reason contradict each other: the reason must be a known word, and `ok` if and only if the value
   is there. pairs: list of {value, reason}; one query for all pairs of a model. #}
{% test reasons_explain_values(model, pairs) %}
  select *
  from (
    {% for pair in pairs %}
    select
      '{{ pair.value }}' as value_column,
      {{ pair.reason }} as reason,
      {{ pair.value }} is not null as has_value,
      count(*) as row_count,
    from {{ model }}
    group by all
    {{ 'union all' if not loop.last }}
    {% endfor %}
  )
  where
    reason is null
    or reason not in ('{{ var("reason_codes") | join("', '") }}')
    or (reason = 'ok') != has_value
{% endtest %}
