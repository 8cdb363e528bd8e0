{#- fct_revision tells changes, not values: no gate speaks of it. -#}
{%- set ungated = ['fct_revision'] -%}
with

-- One pass over each fact: for every column, how many rows have it, and from when to when.
{% for fact in described_facts() %}
counts_of_{{ fact }} as (

  select
    '{{ fact }}' as table_name,
    counted.column_name,
    counted.value_count,
    first_periods.first_period,
    last_periods.last_period,
  from (select count(columns(*)) from {{ ref(fact) }}) as columns_of_fact
    unpivot include nulls (value_count for column_name in (*)) as counted
  inner join (
    select column_name, first_period
    from (select min(if(columns(*) is null, null, period)) from {{ ref(fact) }}) as columns_of_fact
      unpivot include nulls (first_period for column_name in (*))
  ) as first_periods using (column_name)
  inner join (
    select column_name, last_period
    from (select max(if(columns(*) is null, null, period)) from {{ ref(fact) }}) as columns_of_fact
      unpivot include nulls (last_period for column_name in (*))
  ) as last_periods using (column_name)

),
{% endfor %}

counts as (

  {% for fact in described_facts() %}
  select * from counts_of_{{ fact }}
  {{ 'union all' if not loop.last }}
  {% endfor %}

),

facts as (

  {% for fact in described_facts() %}
  select
    '{{ fact }}' as table_name,
    count(*) as row_count,
    {% if fact in ungated -%}
    null::double as coverage,
    'passed' as newest_state,
    0 as warned_count,
    0 as withheld_count,
    {%- else -%}
    round(avg(coverage) filter (period = newest_period), 4) as coverage,
    case
      when bool_or(gate_state = 'withheld' and period = newest_period) then 'withheld'
      when bool_or(gate_state = 'warned' and period = newest_period) then 'warned'
      else 'passed'
    end as newest_state,
    count(*) filter (gate_state = 'warned') as warned_count,
    count(*) filter (gate_state = 'withheld') as withheld_count,
    {%- endif %}
  from {{ ref(fact) }}
  {% if fact not in ungated -%}
  cross join (select max(period) as newest_period from {{ ref(fact) }}) as newest
  {%- endif %}
  {{ 'union all' if not loop.last }}
  {% endfor %}

)

select
  indicators.indicator_code,
  indicators.indicator_id,
  indicators.table_name,
  indicators.column_name,
  case
    when facts.row_count = 0 or counts.value_count = 0 then 'empty'
    when facts.newest_state = 'passed' then 'published'
    else facts.newest_state
  end as state,
  facts.row_count,
  counts.value_count,
  counts.first_period,
  counts.last_period,
  facts.coverage,
  facts.warned_count,
  facts.withheld_count,
from {{ ref('dim_indicator') }} as indicators
inner join facts using (table_name)
inner join counts using (table_name, column_name)
order by indicators.indicator_code
