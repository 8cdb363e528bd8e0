{# Indicators of dim_indicator that the model leaves out: a fact is missing in described_facts(). #}
{% test every_indicator_is_listed(model) %}
  select
    indicators.indicator_code,
    indicators.table_name,
    indicators.column_name,
  from {{ ref('dim_indicator') }} as indicators
  left join {{ model }} as listed using (indicator_code)
  where listed.indicator_code is null
{% endtest %}
