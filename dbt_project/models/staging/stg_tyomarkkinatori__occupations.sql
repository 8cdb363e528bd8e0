{#- Each occupation that the postings name and the group of Ammattiluokitus 2010 it belongs to. Both steps of overrides can be
    switched off by variables; the reference contract (5.3) tells what they rest on. -#}
with

named as (

  select distinct
    occupation_uri,
    regexp_extract(occupation_uri, '^http://data\.europa\.eu/esco/isco/C(\d{1,4})$', 1) as group_digits,
  from {{ source('tyomarkkinatori', 'posting_cohorts') }}
  where occupation_uri is not null

),

-- ISCO-08 as the source means it: the group of the ESCO occupation, or the group that is named itself.
in_isco as (

  select
    named.occupation_uri,
    coalesce(esco.isco08_code, nullif(named.group_digits, '')) as isco08_code,
    esco.esco_uri is not null as is_esco_occupation,
    case when {{ var('applies_esco_occupation_override') }} and esco.match_kind = 'esco_occupation_override' then esco.occupation_code end
      as own_override,
  from named
  left join {{ ref('esco_occupation') }} as esco on named.occupation_uri = esco.esco_uri

),

moved as (

  select
    in_isco.occupation_uri,
    in_isco.isco08_code,
    case
      when in_isco.own_override is not null then 'esco_occupation_override'
      when in_isco.is_esco_occupation and overrides.isco08_code is not null then 'esco_group_override'
      when in_isco.is_esco_occupation then 'esco'
      when overrides.isco08_code is not null then 'isco_group_override'
      when length(in_isco.isco08_code) = 4 then 'isco_group'
      else 'isco_coarser'
    end as match_kind,
    coalesce(in_isco.own_override, overrides.occupation_code, in_isco.isco08_code) as occupation_code,
  from in_isco
  left join {{ ref('isco_override') }} as overrides
    on in_isco.isco08_code = overrides.isco08_code and {{ var('applies_isco_group_override') }}

)

select
  moved.occupation_uri,
  moved.isco08_code,
  coalesce(occupation.occupation_code, 'unmapped') as occupation_code,
  coalesce(occupation.occupation_level, 'bucket') as occupation_level,
  if(occupation.occupation_code is null, 'unmapped', moved.match_kind) as match_kind,
from moved
left join {{ ref('occupation') }} as occupation
  on moved.occupation_code = occupation.occupation_code and occupation.occupation_level in ('occ1', 'occ2', 'occ3', 'occ4')
