{# Formulas of the indices over the cells of one partition and month; each is an aggregate for a `group by`.
   u and v are counts, u_total and v_total what they are divided by; the cells are ordered by `cell`, so that the
   compensated sum is the same on every run. Methods: indicators contract, I07, I08 and 2.2. #}

{# Share of the hires of an even allocation that this one reaches: the sum of v^alpha u^(1 - alpha) over shares.
   0^alpha is 0 for every alpha of the grid, so a cell with one side empty adds nothing. #}
{% macro matched_share(alpha, u, v, u_total, v_total, cell) -%}
  fsum(pow({{ v }} / {{ v_total }}, {{ alpha }}) * pow({{ u }} / {{ u_total }}, 1 - {{ alpha }}) order by {{ cell }})
{%- endmacro %}

{# M(alpha), Sahin, Song, Topa and Violante 2014. #}
{% macro mismatch_index(alpha, u, v, u_total, v_total, cell) -%}
  {{ settled("1 - " ~ matched_share(alpha, u, v, u_total, v_total, cell)) }}
{%- endmacro %}

{# Jackman and Roper 1987; Duncan and Duncan 1955. #}
{% macro dissimilarity(u, v, u_total, v_total, cell) -%}
  {{ settled("fsum(abs(" ~ u ~ " / " ~ u_total ~ " - " ~ v ~ " / " ~ v_total ~ ") order by " ~ cell ~ ") / 2") }}
{%- endmacro %}

{# An index within 0 and 1 to 13 decimals: machines differ in the last bits of a power, and that is no news to publish. #}
{% macro settled(expression) -%}
  least(1.0, greatest(0.0, round({{ expression }}, 13)))
{%- endmacro %}
