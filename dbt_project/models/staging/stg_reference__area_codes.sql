{#- A successor may have ended in a later merger; the chain is followed this far, and the test refuses what it does not reach. -#}
{%- set longest_chain = 5 -%}
with recursive

successors as (

  select
    former_municipality_code,
    successor_municipality_code,
    1 as steps,
  from {{ ref('municipality_successor') }}

  union all

  select
    successors.former_municipality_code,
    next_step.successor_municipality_code,
    successors.steps + 1 as steps,
  from successors
  inner join {{ ref('municipality_successor') }} as next_step
    on successors.successor_municipality_code = next_step.former_municipality_code
  where successors.steps < {{ longest_chain }}

),

stable as (

  select
    'municipality' as area_level,
    former_municipality_code as bare_code,
    'KU' as prefix,
    'KU' || arg_max(successor_municipality_code, steps) as current_area_code,
  from successors
  group by former_municipality_code

),

areas as (

  select
    area_level,
    bare_code,
    area_code,
    area_code[:length(area_code) - length(bare_code)] as prefix,
  from {{ ref('area') }}

),

codes as (

  select
    area_level,
    bare_code,
    prefix,
    areas.area_code,
    coalesce(stable.current_area_code, areas.area_code) as current_area_code,
    coalesce(nullif(ltrim(bare_code, '0'), ''), bare_code) as short_code,
    if(stable.current_area_code is null, 'as_is', 'successor') as resolution,
  from areas
  full outer join stable using (area_level, bare_code, prefix)

),

-- KU091, 091 and 91, KU91 too: the same area, as the sources write it.
spellings as (

  select
    *,
    unnest(list_distinct([prefix || bare_code, bare_code, prefix || short_code, short_code])) as written_code,
  from codes

)

select
  area_level,
  written_code,
  written_code = prefix || bare_code as is_statfin_code,
  area_code,
  current_area_code,
  resolution,
from spellings
