with

-- Share of the vacancies whose location the source calls flexible; no row is no such vacancy.
shares as (

  select
    period,
    coalesce(sum(vacancies) filter (area_code = 'MKJO'), 0)
    / sum(vacancies) filter (area_code = '{{ var("country_code") }}') as share,
  from {{ ref('stg_statfin__area_stocks') }}
  where area_code in ('MKJO', '{{ var("country_code") }}')
  group by period

),

steps as (

  select
    period,
    share,
    lag(share) over (order by period) as share_before,
  from shares

),

-- The month in which the source began to show them, where the data hold the months before.
observed as (

  select min(period) as period
  from steps
  where share > 0 and share_before = 0 and period = (select min(period) from shares where share > 0)

),

listed as (

  select
    breaks.break_code,
    if(breaks.break_code = 'flexible_location', coalesce(observed.period, breaks.period), breaks.period) as period,
    breaks.kind,
    breaks.table_id,
    breaks.area_level,
    null::varchar as area_code,
    breaks.measure,
    if(breaks.break_code = 'flexible_location' and observed.period is not null, 'computed', breaks.evidence) as evidence,
    breaks.reason_fi,
    breaks.reason_en,
  from {{ ref('series_break') }} as breaks
  cross join observed

),

-- Gate G6: a step of the share in one month breaks the series of every region.
jumps as (

  select
    'flexible_share_' || strftime(steps.period, '%YM%m') as break_code,
    steps.period,
    'hard' as kind,
    null::varchar as table_id,
    null::varchar as area_level,
    null::varchar as area_code,
    'vacancies' as measure,
    'computed' as evidence,
    'Sijainniltaan joustavien avointen paikkojen osuus muuttui kuukaudessa '
    || round(100 * share_before)::integer || ' %:sta ' || round(100 * share)::integer || ' %:iin.' as reason_fi,
    'The share of vacancies with flexible location went from '
    || round(100 * share_before)::integer || ' % to ' || round(100 * share)::integer || ' % in one month.' as reason_en,
  from steps
  cross join observed
  where abs(steps.share - steps.share_before) > {{ var('flexible_share_step') }} and steps.period is distinct from observed.period

),

-- A region that a municipality left or joined; a table that was pulled since carries its whole history on the new borders.
transfers as (

  select
    'region_transfer_' || year(moves.valid_from) || '_' || regions.area_code as break_code,
    moves.valid_from as period,
    'soft' as kind,
    null::varchar as table_id,
    'region' as area_level,
    regions.area_code,
    null::varchar as measure,
    'documented' as evidence,
    string_agg(municipalities.area_name_fi, ', ' order by municipalities.area_code)
    || if(regions.area_code = any_value(moves.to_area_code), ': siirtyi maakuntaan.', ': siirtyi maakunnasta.')
    || ' Lähde laskee historian uusilla rajoilla; vuotta ' || year(moves.valid_from)
    || ' vanhemman aluejaon luvuissa rajat ovat entiset.' as reason_fi,
    string_agg(municipalities.area_name_en, ', ' order by municipalities.area_code)
    || if(regions.area_code = any_value(moves.to_area_code), ': joined the region.', ': left the region.')
    || ' The source re-aggregates history to the new borders; numbers on a division before ' || year(moves.valid_from)
    || ' keep the old ones.' as reason_en,
  from {{ ref('region_transfer') }} as moves
  inner join {{ ref('area') }} as municipalities on moves.municipality_area_code = municipalities.area_code
  inner join {{ ref('area') }} as regions
    on regions.area_level = 'region' and regions.area_code in (moves.from_area_code, moves.to_area_code)
  where moves.area_level = 'region'
  group by moves.valid_from, regions.area_code

)

select * from listed
union all
select * from jumps
union all
select * from transfers
order by break_code
