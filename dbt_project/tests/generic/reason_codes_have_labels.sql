{# Reasons of the project that the labels leave out. #}
{% test reason_codes_have_labels(model) %}
  select reasons.code
  from (select unnest({{ var('reason_codes') }}) as code) as reasons
  left join {{ model }} as labels on labels.label_set = 'reason' and reasons.code = labels.code
  where labels.code is null
{% endtest %}
