{# A measure (unemployed, vacancies) is a value, a reason and what is known of it when the value is withheld.
   Every table that carries one has the same seven columns, made here and nowhere else. #}

{# Reason of a landed cell by PxWeb's symbol. A symbol that is not listed gives NULL, which the staging test refuses. #}
{% macro reason_of(value, symbol) -%}
  case
    when {{ value }} is not null then 'ok'
    when {{ symbol }} = '...' then 'suppressed_source'
    when {{ symbol }} = '.' then 'not_applicable'
    when {{ symbol }} in ('..', 'not_offered') then 'not_in_source'
  end
{%- endmacro %}

{# A withheld count is an integer in a public interval, never tightened by margins (contract 2.4.1). #}
{% macro lower_bound(measure) -%}
  case {{ measure }}_reason when 'ok' then {{ measure }} when 'suppressed_source' then {{ var('suppressed_lo') }} end
{%- endmacro %}

{% macro upper_bound(measure) -%}
  case {{ measure }}_reason when 'ok' then {{ measure }} when 'suppressed_source' then {{ var('suppressed_hi') }} end
{%- endmacro %}

{# The seven columns of a cell as the source shows it. #}
{% macro as_published(measure) -%}
    {{ measure }},
    ({{ lower_bound(measure) }})::bigint as {{ measure }}_lo,
    ({{ upper_bound(measure) }})::bigint as {{ measure }}_hi,
    null::double as {{ measure }}_est,
    {{ measure }}_reason,
    if({{ measure }}_reason = 'ok', 'exact', 'interval_only') as {{ measure }}_kind,
    if({{ measure }}_reason = 'ok', 1, 0)::double as {{ measure }}_coverage
{%- endmacro %}

{# The seven columns of a sum of cells within a `group by`. A cell that the source does not give makes the sum unknown.
   filled       column whose sum estimates the whole, or none; an estimate needs enough withheld cells (contract 2.4.2)
   order_by     key that fixes the order of the floating-point sum; none sums 12 decimals, whatever the order, which is
                several times faster over millions of cells
   The coverage uses the upper bounds, so that it says nothing about a withheld cell. #}
{% macro as_sum(measure, filled=none, order_by=none) -%}
  {%- set is_exact = "bool_and(" ~ measure ~ "_reason = 'ok')" -%}
  {%- set is_known = "bool_and(" ~ measure ~ "_reason in ('ok', 'suppressed_source'))" -%}
  {%- set lo = "sum(" ~ lower_bound(measure) ~ ")" -%}
  {%- set hi = "sum(" ~ upper_bound(measure) ~ ")" -%}
  {%- if order_by -%}
    {%- set estimate = "sum(" ~ filled ~ " order by " ~ order_by ~ ")" -%}
  {%- else -%}
    {%- set estimate = "sum(" ~ filled ~ "::decimal(38, 12))::double" -%}
  {%- endif -%}
  {%- set has_estimate -%}
    {%- if filled -%}
      {{ is_known }}
      and count(*) = count({{ filled }})
      and count(*) filter ({{ measure }}_reason = 'suppressed_source') >= {{ var('fewest_blanks_in_estimate') }}
    {%- else -%}
      false
    {%- endif -%}
  {%- endset -%}
    case when {{ is_exact }} then sum({{ measure }}) end::bigint as {{ measure }},
    case when {{ is_known }} then {{ lo }} end::bigint as {{ measure }}_lo,
    case when {{ is_known }} then {{ hi }} end::bigint as {{ measure }}_hi,
    case
      when {{ is_exact }} then sum({{ measure }})
      {% if filled -%}
      when {{ has_estimate }} then greatest({{ lo }}, least({{ hi }}, {{ estimate }}))
      {%- endif %}
    end::double as {{ measure }}_est,
    case when {{ is_exact }} then 'ok' when {{ is_known }} then 'suppressed_source' else 'not_in_source' end as {{ measure }}_reason,
    case when {{ is_exact }} then 'exact' when {{ has_estimate }} then 'estimated' else 'interval_only' end as {{ measure }}_kind,
    case
      when {{ is_exact }} then 1
      when {{ is_known }} then coalesce(sum({{ measure }}), 0) / {{ hi }}
      else 0
    end::double as {{ measure }}_coverage
{%- endmacro %}

{# Value of a cell, or its even share R/n of what the parent holds beyond the visible cells (contract 2.1, area totals).
   Needs a window `siblings` over the cells of one parent; NULL when the parent is unknown or a sibling is missing, and where
   `nests` is false: the parent then held other municipalities. #}
{% macro fill_by_margin(measure, margin, nests) -%}
  case
    when {{ measure }}_reason = 'ok' then {{ measure }}
    when {{ nests }} and count(*) filter ({{ measure }}_reason not in ('ok', 'suppressed_source')) over siblings = 0
      then ({{ margin }} - coalesce(sum({{ measure }}) over siblings, 0))
        / count(*) filter ({{ measure }}_reason = 'suppressed_source') over siblings
  end::double
{%- endmacro %}

{# Names of the seven columns, for a select from a table that has them. #}
{% macro measure_columns(measure, table) -%}
  {%- for part in ['', '_lo', '_hi', '_est', '_reason', '_kind', '_coverage'] %}
    {{ table }}.{{ measure }}{{ part }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{# The weaker of two kinds of value. #}
{% macro weaker_kind(one, other) -%}
  {%- set kinds = "['exact', 'estimated', 'modelled', 'interval_only']" -%}
  {{ kinds }}[greatest(list_position({{ kinds }}, {{ one }}), list_position({{ kinds }}, {{ other }}))]
{%- endmacro %}

{# What a formula takes for a measure: the exact value, else the estimate of a sum. #}
{% macro best_value(measure) -%}
  coalesce({{ measure }}, {{ measure }}_est)
{%- endmacro %}
