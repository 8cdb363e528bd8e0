{# Formulas of the indices over the cells of one partition and month. u and v are counts of one cell.
   Methods: indicators contract, I07 to I11 and 2.2. #}

{# A sum within a `group by`, or over a window, that is the same whatever the order of its rows: in fixed point, to the 18th
   decimal. #}
{% macro exact_sum(expression, over=none) -%}
  (sum(({{ expression }})::decimal(38, 18)){% if over %} over {{ over }}{% endif %})::double
{%- endmacro %}

{# What a cell adds to the hires: v^alpha u^(1 - alpha). 0^alpha is 0 for every alpha of the grid, so a cell with one side
   empty adds nothing. #}
{% macro matched(alpha, u, v) -%}
  if(({{ u }}) > 0 and ({{ v }}) > 0, ({{ u }}) * pow(({{ v }})::double / ({{ u }}), {{ alpha }}), 0)
{%- endmacro %}

{# M(alpha), Sahin, Song, Topa and Violante 2014: the share of hires lost. `matched_total` is the sum of `matched` over the cells,
   u_total and v_total the sums of the very same cells (gate G1). #}
{% macro mismatch_index(alpha, matched_total, u_total, v_total) -%}
  {{ settled("1 - " ~ matched_total ~ " / (" ~ matched(alpha, u_total, v_total) ~ ")") }}
{%- endmacro %}

{# Jackman and Roper 1987; Duncan and Duncan 1955. An aggregate for a `group by`. #}
{% macro dissimilarity(u, v, u_total, v_total) -%}
  {{ settled(exact_sum("abs(" ~ u ~ " / " ~ u_total ~ " - " ~ v ~ " / " ~ v_total ~ ")") ~ " / 2") }}
{%- endmacro %}

{# What a cell adds to M at alpha 0.5: half the squared distance of the roots of its shares; at least 0, and 0 only where they
   are equal. Contract I09. Roots are exact to the last bit on every machine, so nothing is rounded and the sum stays M. #}
{% macro contribution(u, v, u_total, v_total) -%}
  pow(sqrt({{ v }} / {{ v_total }}) - sqrt({{ u }} / {{ u_total }}), 2) / 2
{%- endmacro %}

{# -ln(1 - M): the scale on which the parts of a split add up (contract I10). #}
{% macro log_index(mismatch) -%}
  abs(ln(1 - {{ mismatch }}))
{%- endmacro %}

{# An index within 0 and 1 to 13 decimals: machines differ in the last bits of a power, and that is no news to publish. #}
{% macro settled(expression) -%}
  least(1.0, greatest(0.0, round({{ expression }}, 13)))
{%- endmacro %}
