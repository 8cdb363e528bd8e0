{# Job postings are counted in parts (1/n in each of n municipalities). Sums of parts are settled to decimals far below a part, so that a
   whole is a whole again and the order of the rows leaves no trace; the zero takes the sign off a zero. #}

{% macro settled_sum(parts) -%}
  round(coalesce(fsum({{ parts }}), 0), 12) + 0.0
{%- endmacro %}

{# What is compared or looked up. #}
{% macro settled_count(count) -%}
  round({{ count }}, 9) + 0.0
{%- endmacro %}

{# What is shown. #}
{% macro shown_count(count) -%}
  round({{ count }}, 6)
{%- endmacro %}
