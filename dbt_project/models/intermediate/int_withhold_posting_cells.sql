{#- Which counts of an employment area and an occupation are too small to show, and which others have to go with them so that no
    subtraction gives them back. One decision for all the employment areas of a group: an occupation is withheld in all of them or in
    none, smallest occupations of a family first, until each area's withheld sum is none or large enough. -#}
{%- set shown = var('fewest_postings_shown') -%}
with

counts as (

  select
    groups.disclosure_group,
    flows.area_code,
    flows.occupation_code,
    flows.occupation_level,
    if(flows.occupation_level = 'occ1', '{{ var("total_occupation_code") }}', left(flows.occupation_code, 1)) as parent_occupation_code,
    flows.period,
    {{ settled_count('flows.postings_new') }} as postings_new,
    {{ settled_count('flows.postings_open') }} as postings_open,
  from {{ ref('int_count_posting_flows') }} as flows
  inner join {{ ref('disclosure_group') }} as groups using (area_code)
  where
    flows.frequency = 'month'
    and flows.occupation_level in ('occ1', 'occ2')
    and flows.postings_new + flows.postings_open > 0

),

occupations as (

  select
    disclosure_group,
    period,
    parent_occupation_code,
    occupation_code,
    occupation_level,
    bool_or(
      (postings_new > 0 and postings_new < {{ shown }}) or (postings_open > 0 and postings_open < {{ shown }})
    ) as is_small,
    row_number() over (
      partition by disclosure_group, period, parent_occupation_code
      order by {{ settled_count('fsum(postings_new + postings_open)') }}, occupation_code
    ) as size_rank,
  from counts
  group by disclosure_group, period, parent_occupation_code, occupation_code, occupation_level

),

-- What each area would have in the smallest occupations together, up to each rank.
pooled as (

  select
    occupations.disclosure_group,
    occupations.period,
    occupations.parent_occupation_code,
    occupations.size_rank,
    {{ settled_count('sum(coalesce(counts.postings_new, 0)) over up_to_rank') }} as pooled_new,
    {{ settled_count('sum(coalesce(counts.postings_open, 0)) over up_to_rank') }} as pooled_open,
  from occupations
  inner join {{ ref('disclosure_group') }} as groups on occupations.disclosure_group = groups.disclosure_group
  left join counts
    on
      groups.area_code = counts.area_code
      and occupations.occupation_code = counts.occupation_code
      and occupations.period = counts.period
  window up_to_rank as (
    partition by groups.area_code, occupations.period, occupations.parent_occupation_code
    order by occupations.size_rank
  )

),

-- Enough is pooled where no area's sum is small, and none stands alone with one.
ranks as (

  select
    disclosure_group,
    period,
    parent_occupation_code,
    size_rank,
    size_rank >= 2
    {% for pool in ['pooled_new', 'pooled_open'] -%}
    and count(*) filter ({{ pool }} > 0 and {{ pool }} < {{ shown }}) = 0
    and count(*) filter ({{ pool }} > 0) != 1
    {% endfor -%}
    as is_enough,
  from pooled
  group by disclosure_group, period, parent_occupation_code, size_rank

),

needed as (

  select
    disclosure_group,
    period,
    parent_occupation_code,
    max(size_rank) filter (is_small) as smallest_ranks,
  from occupations
  group by disclosure_group, period, parent_occupation_code
  having bool_or(is_small)

),

withheld_ranks as (

  select
    needed.disclosure_group,
    needed.period,
    needed.parent_occupation_code,
    min(ranks.size_rank) as last_rank,
  from needed
  left join ranks
    on
      needed.disclosure_group = ranks.disclosure_group
      and needed.period = ranks.period
      and needed.parent_occupation_code = ranks.parent_occupation_code
      and ranks.is_enough
      and ranks.size_rank >= needed.smallest_ranks
  group by needed.disclosure_group, needed.period, needed.parent_occupation_code

),

-- A group that is not enough by itself needs all the areas that share regions with it, unless the parent is withheld anyway.
whole_families as (

  select distinct
    groups.region_group,
    withheld_ranks.period,
    withheld_ranks.parent_occupation_code,
  from withheld_ranks
  inner join {{ ref('disclosure_group') }} as groups using (disclosure_group)
  left join occupations as parents
    on
      withheld_ranks.disclosure_group = parents.disclosure_group
      and withheld_ranks.period = parents.period
      and withheld_ranks.parent_occupation_code = parents.occupation_code
  left join withheld_ranks as parent_ranks
    on
      parents.disclosure_group = parent_ranks.disclosure_group
      and parents.period = parent_ranks.period
      and parents.parent_occupation_code = parent_ranks.parent_occupation_code
      and parents.size_rank <= coalesce(parent_ranks.last_rank, parents.size_rank)
  where withheld_ranks.last_rank is null and parent_ranks.period is null

),

-- The areas that a decision is for: those of the group, or all that share regions.
decided as (

  select
    members.area_code,
    occupations.period,
    occupations.occupation_code,
    occupations.occupation_level,
    occupations.parent_occupation_code,
  from occupations
  inner join withheld_ranks
    on
      occupations.disclosure_group = withheld_ranks.disclosure_group
      and occupations.period = withheld_ranks.period
      and occupations.parent_occupation_code = withheld_ranks.parent_occupation_code
      and occupations.size_rank <= withheld_ranks.last_rank
  inner join {{ ref('disclosure_group') }} as members on occupations.disclosure_group = members.disclosure_group

  union

  select
    members.area_code,
    occupations.period,
    occupations.occupation_code,
    occupations.occupation_level,
    occupations.parent_occupation_code,
  from occupations
  inner join {{ ref('disclosure_group') }} as firsts on occupations.disclosure_group = firsts.area_code
  inner join whole_families
    on
      firsts.region_group = whole_families.region_group
      and occupations.period = whole_families.period
      and occupations.parent_occupation_code = whole_families.parent_occupation_code
  inner join {{ ref('disclosure_group') }} as members on firsts.region_group = members.region_group

),

-- What is below a withheld occupation would add up to it.
below as (

  select distinct
    decided.area_code,
    occupations.period,
    occupations.occupation_code,
    occupations.occupation_level,
  from decided
  inner join {{ ref('disclosure_group') }} as groups using (area_code)
  inner join {{ ref('disclosure_group') }} as firsts on groups.region_group = firsts.region_group
  inner join occupations
    on
      firsts.area_code = occupations.disclosure_group
      and decided.period = occupations.period
      and decided.occupation_code = occupations.parent_occupation_code

)

select area_code, occupation_code, occupation_level, period
from decided

union

select area_code, occupation_code, occupation_level, period
from below
