{# What a withhold gate does to the mart (contract section 4): the numbers of the rows concerned become NULL, their reasons gate_failed, their
   state withheld. Which months are concerned is decided in int_judge_gates alone; which rows of a fact a gate speaks of is listed here alone.
   Every fact is built as if no gate had failed; then `withhold_failed`, a post-hook of all marts, blanks what a gate withholds, so that a fact
   that reads another one reads what is left of it. G7 is applied where the factor is made, in int_coverage_factor. #}

{# Gate -> fact -> its rows that the gate speaks of, as a condition.
   G4: numbers of occupations, which stand on how many have a usable code; not counts, which are what they are. G6: tightness of areas,
   and what is tightness under another name. #}
{% macro withheld_rows() -%}
  {%- set by_occupation = "occupation_code != '" ~ var('total_occupation_code') ~ "'" -%}
  {%- set over_occupations = "partition like '%occ%'" -%}
  {%- set below_country = "area_code != '" ~ var('country_code') ~ "'" -%}
  {{ return({
    'G4': {
      'fct_tightness': by_occupation,
      'fct_tension_class': by_occupation,
      'fct_rate': by_occupation,
      'fct_keha_rating': by_occupation,
      'fct_shortage_score': by_occupation,
      'fct_cause_indicator': by_occupation,
      'fct_rating_comparison': by_occupation,
      'fct_accessibility': by_occupation,
      'fct_transport_summary': by_occupation,
      'fct_cross_region_placement': by_occupation,
      'fct_concentration': by_occupation ~ ' or ' ~ over_occupations,
      'fct_dynamics': over_occupations,
      'fct_mismatch_index': over_occupations,
      'fct_mismatch_contribution': over_occupations,
      'fct_mismatch_decomposition': 'true',
    },
    'G6': {
      'fct_tightness': below_country,
      'fct_tension_class': below_country,
      'fct_accessibility': below_country,
      'fct_beveridge': below_country ~ " and data_source = 'register'",
    },
  }) }}
{%- endmacro %}

{# Columns that a gate leaves as they are, though they may be NULL: they say what the row is, not what the market is like. #}
{% macro never_withheld() -%}
  {{ return(['known_from', 'known_to', 'division_year', 'coverage', 'vintage_id', 'gate_state', 'value_kind']) }}
{%- endmacro %}

{# Post-hook: one update for each gate that speaks of this model. At parsing it only names what it reads, so that the gates are judged first. #}
{% macro withhold_failed() -%}
  {%- for gate, facts in withheld_rows().items() if model.name in facts -%}
    {{ withhold(gate, facts[model.name], ref('int_judge_gates')) }}
  {%- endfor -%}
{%- endmacro %}

{# Every column of the model that may be NULL becomes so, but its key and what never_withheld lists; every reason becomes gate_failed. A
   number that is required can't be withheld: tests/integration/test_gate_withhold.py lists those that may be. #}
{% macro withhold(gate, rows, judged) -%}
  {%- set kept = never_withheld() + model.config.get('meta', {}).get('primary_key', []) -%}
  {%- set optional = [] -%}
  {%- for column in model.columns.values() if column.name not in kept and not is_required(column) -%}
    {%- do optional.append(column.name) -%}
  {%- endfor -%}
  update {{ this }}
  set
    {% for column in model.columns.values() if column.name not in kept -%}
    {%- if column.name == 'reason' or column.name.endswith('_reason') -%}
    {{ column.name }} = if(failed.state = 'withheld', {{ gated_reason(column.name) }}, {{ column.name }}),
    {% elif column.name in optional -%}
    {{ column.name }} = if(failed.state = 'withheld', null, {{ column.name }}),
    {% endif -%}
    {%- endfor -%}
    value_kind = if(failed.state = 'withheld', 'interval_only', value_kind),
    gate_state = if(gate_state = 'withheld', 'withheld', failed.state)
  from (
    select
      period,
      if(bool_or(state = 'withheld'), 'withheld', 'warned') as state,
    from {{ judged }}
    where gate = '{{ gate }}' and state != 'passed'
    group by period
  ) as failed
  where {{ this.identifier }}.period = failed.period and ({{ rows }});
{%- endmacro %}

{# Whether the contract of a column forbids NULL. #}
{% macro is_required(column) -%}
  {{ return(column.constraints | selectattr('type', 'in', ['not_null', 'primary_key']) | list | length > 0) }}
{%- endmacro %}

{# The reason of a number that is withheld. A number that has no meaning or is not in the source has not failed a gate. #}
{% macro gated_reason(reason) -%}
  if({{ reason }} in ('not_in_source', 'not_applicable'), {{ reason }}, 'gate_failed')
{%- endmacro %}
