{# Classes of tightness, from the loosest (seed tension_class), and what is said of a market whose class is not certain. Indicator I06. #}
{% macro tension_classes() -%}
  {{ return(['very_loose', 'loose', 'average', 'tight', 'very_tight']) }}
{%- endmacro %}

{# A class, or a run of classes, is published when it is at least so probable. #}
{% macro class_certainty() -%}
  0.8
{%- endmacro %}

{# The most probable class; of equally probable ones the loosest. `largest` is its probability. #}
{% macro most_probable_class(largest) -%}
  case {{ largest }}
    {%- for class in tension_classes() %} when p_{{ class }} then '{{ class }}'{% endfor %}
  end
{%- endmacro %}

{# The shortest run of neighbouring classes that is certain enough; of equally short ones the most probable, then the loosest. #}
{% macro certain_classes() -%}
  {%- set classes = tension_classes() -%}
  case
    {%- for length in range(1, classes | length) %}
    {%- set runs = [] %}
    {%- for start in range(classes | length - length + 1) %}
      {%- do runs.append(classes[start:start + length]) %}
    {%- endfor %}
    {%- set largest = "greatest(p_" ~ runs | map('join', ' + p_') | join(", p_") ~ ")" %}
    when {{ largest }} >= {{ class_certainty() }}
      then case {{ largest }}
        {%- for run in runs %} when p_{{ run | join(' + p_') }} then '{{ run | join(', ') }}'{% endfor %}
      end
    {%- endfor %}
    when p_{{ classes | join(' + p_') }} is not null then '{{ classes | join(', ') }}'
  end
{%- endmacro %}
