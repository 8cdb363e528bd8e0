{# Rows whose columns differ from those of another table wherever both have the key: two tables of one source that show the
   same count must show the same number. #}
{% test agrees_with(model, to, key, columns) %}
  with ours as (select * from {{ model }})

  select
    {% for column in key %}
    ours.{{ column }},
    {% endfor %}
    {% for column in columns %}
    ours.{{ column }} as our_{{ column }},
    theirs.{{ column }} as their_{{ column }},
    {% endfor %}
  from ours
  inner join {{ to }} as theirs using ({{ key | join(', ') }})
  where
    {% for column in columns %}
    ours.{{ column }} is distinct from theirs.{{ column }} {{ 'or' if not loop.last }}
    {% endfor %}
{% endtest %}
