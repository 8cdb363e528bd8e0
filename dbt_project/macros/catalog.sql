{# Facts whose numbers dim_indicator describes, and the column that says when. Belongs here: the list. What is said of them is in
   catalog_indicator. A test compares the list with dim_indicator. #}
{% macro described_facts() -%}
  {{ return([
    'fct_accessibility',
    'fct_barometer',
    'fct_beveridge',
    'fct_cause_indicator',
    'fct_concentration',
    'fct_cross_region_placement',
    'fct_dynamics',
    'fct_keha_rating',
    'fct_keha_rating_published',
    'fct_market_stock',
    'fct_mismatch_contribution',
    'fct_mismatch_decomposition',
    'fct_mismatch_index',
    'fct_posting_flow',
    'fct_rate',
    'fct_rating_comparison',
    'fct_revision',
    'fct_shortage_score',
    'fct_tension_class',
    'fct_tightness',
    'fct_transport_summary',
    'fct_unemployment_flow',
    'fct_vacancy_coverage',
    'fct_vacancy_outcome',
  ]) }}
{%- endmacro %}
