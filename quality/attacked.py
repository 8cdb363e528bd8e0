"""What the attacker knows without the release: the source's visible cells, its blanks, and the sums that it prints.

Belongs here: the SQL that reads one month of the mart as the source's own table. Does not belong here: what the release
adds (`attack`). Contract: section 2.

CELLS and MARKETS make the temporary tables that the other queries read.
"""

from quality.blank_mass import MEASURES, STOCK
from quality.suppression import SOURCE_CELL

CELLS = f"""
create or replace temp table attacked_cell as
with stock as (
    select *, coalesce({SOURCE_CELL}, false) as is_source from mart.{STOCK} where period = ?
),
measures as (
    {
    " union all ".join(
        f'''select '{measure}' as measure, area_code, area_level, occupation_code, occupation_level, is_source,
        {measure} as value, {measure}_lo as low, {measure}_hi as high, {measure}_reason as reason from stock'''
        for measure in MEASURES
    )
}
)
select
    *,
    is_source and (coalesce(value between 1 and 4, false) or reason = 'suppressed_source') as is_blank,
    if(is_source, reason = 'not_in_source', low is null) as is_missing
from measures
"""
"""Every market of the month; a visible 1 to 4 was a blank at the source, whatever the release says."""

MARKETS = """
create or replace temp table attacked_market as
with parts as (
    select
        measure,
        area_code,
        occupation_code,
        is_blank::integer as blanks,
        if(is_blank, 0, value) as visible,
        is_missing
    from attacked_cell
    where is_source
    union all
    select
        measure,
        area_code,
        left(occupation_code, digits),
        is_blank::integer,
        if(is_blank, 0, value),
        is_missing
    from attacked_cell
    cross join (values (1), (2), (3)) as levels (digits)
    where is_source and occupation_level = 'occ4'
    union all
    select
        measure,
        area_code,
        occupation_code,
        ((high - low) / 3)::integer,
        low - ((high - low) / 3)::integer,
        is_missing
    from attacked_cell
    where not is_source and (occupation_level = 'total' or area_level not in ('country', 'region'))
)
select measure, area_code, occupation_code, sum(blanks)::integer as blanks, sum(visible)::double as visible
from parts
group by all
having not bool_or(coalesce(is_missing, true))
"""
"""How many blanks stand behind each market, and the sum of what is visible; of sums over areas by their bounds."""

BLANKS = """
select measure, area_code, occupation_code from attacked_cell where is_blank order by all
"""

OPAQUE_SUMS = """
select market.measure, market.area_code, market.occupation_code, market.blanks
from attacked_market as market
join attacked_cell as cell using (measure, area_code, occupation_code)
where market.blanks > 0
    and not cell.is_source
    and (cell.occupation_level = 'total' or cell.area_level not in ('country', 'region'))
order by all
"""
"""Sums over areas whose members the mart does not list: one unknown each."""

SOURCE_SUMS = """
with located as (
    select cell.*, area.parent_area_code, area.is_residual
    from attacked_cell as cell
    join mart.dim_area as area using (area_code)
    where cell.is_source
),
-- The occupations of an area add up to its total.
occupations as (
    select
        part.measure,
        list((part.area_code, part.occupation_code) order by part.occupation_code) filter (part.is_blank) as members,
        any_value(whole.value) - sum(part.value) filter (not part.is_blank) as rest,
        true as is_sum
    from located as part
    join located as whole
        on whole.measure = part.measure and whole.area_code = part.area_code and whole.occupation_code = 'SSS'
    where part.occupation_level in ('occ4', 'special') and not whole.is_blank
    group by part.measure, part.area_code
),
-- The areas below a visible area add up to it.
areas as (
    select
        part.measure,
        list((part.area_code, part.occupation_code) order by part.area_code) filter (part.is_blank) as members,
        any_value(whole.value) - sum(part.value) filter (not part.is_blank) as rest,
        true as is_sum
    from located as part
    join located as whole
        on whole.measure = part.measure and whole.area_code = part.parent_area_code and whole.occupation_code = 'SSS'
    where part.occupation_code = 'SSS'
        and part.area_level in ('subregion', 'municipality')
        and not part.is_residual
        and not whole.is_blank
    group by part.measure, part.parent_area_code
),
-- Of an occupation the regions hold no more than the country.
columns as (
    select
        part.measure,
        list((part.area_code, part.occupation_code) order by part.area_code) filter (part.is_blank) as members,
        any_value(whole.value) - coalesce(sum(part.value) filter (not part.is_blank), 0) as rest,
        false as is_sum
    from located as part
    join located as whole
        on whole.measure = part.measure
        and whole.occupation_code = part.occupation_code
        and whole.area_level = 'country'
    where part.occupation_level in ('occ4', 'special')
        and part.area_level = 'region'
        and not part.is_residual
        and not whole.is_blank
    group by part.measure, part.occupation_code
)
select measure, members, rest::double, rest::double, is_sum
from (from occupations union all from areas union all from columns)
where len(members) > 0 and rest is not null
"""

CHILDREN = """
select occupation_code
from attacked_cell
where measure = ? and area_code = ? and is_blank and occupation_level = 'occ4' and starts_with(occupation_code, ?)
order by occupation_code
"""
