"""The queries behind markets: counts of both sides by area, occupation and month, distances, flexible vacancies.

Belongs here: SQL and names. Does not belong here: the arrays made of it (masses.py). No library is imported here, for
Dagster loads the tables that name these queries at every start.
"""

from __future__ import annotations

from assets.matching.cells import FILLED_CELLS

MARKET_KEY = ("period", "area_level", "occupation_code")
MARKET_COLUMNS = {
    "period": "date",
    "area_level": "varchar",
    "occupation_level": "varchar",
    "occupation_code": "varchar",
}
"""What tells a market apart, and its level."""

MIDDLE = 2.5
"""What a blank counts for where no fill may be used: the middle of the public interval 1 to 4."""

DIGITS = {"occ1": 1, "occ2": 2, "occ3": 3, "occ4": 4}
"""Occupation levels, and how many digits of a unit group's code name its group there."""

_LEVELS = ", ".join(f"('{level}', {digits})" for level, digits in DIGITS.items())

_CELLS = f"""
    with cells as (
      select * from ({FILLED_CELLS}) where occupation_level in ('{"', '".join(DIGITS)}')
    ),
    middles as (
      select
        cells.period,
        cells.area_code,
        left(cells.occupation_code, levels.digits) as occupation_code,
        sum(if(cells.unemployed_blanks = 0, cells.unemployed, {MIDDLE})) as unemployed_middle,
        sum(if(cells.vacancies_blanks = 0, cells.vacancies, {MIDDLE})) as vacancies_middle
      from cells
      cross join (values {_LEVELS}) as levels (level, digits)
      where cells.occupation_level = 'occ4'
      group by all
    ),
    totals as (
      select period, area_code, 'region' as area_level, unemployed_reason, vacancies_reason,
        unemployed::double as unemployed, (unemployed_reason = 'suppressed_source')::bigint as unemployed_blanks,
        vacancies::double as vacancies, (vacancies_reason = 'suppressed_source')::bigint as vacancies_blanks,
        {MIDDLE} as unemployed_middle, {MIDDLE} as vacancies_middle
      from staging.stg_statfin__area_stocks
      where area_code in (
        select area_code from intermediate.int_nest_areas where area_level = 'region' and not is_residual
      )
      union all by name
      select period, area_code, area_level, unemployed_reason, vacancies_reason,
        unemployed_est as unemployed, (unemployed_hi - unemployed_lo) // 3 as unemployed_blanks,
        vacancies_est as vacancies, (vacancies_hi - vacancies_lo) // 3 as vacancies_blanks,
        (unemployed_lo + unemployed_hi) / 2 as unemployed_middle,
        (vacancies_lo + vacancies_hi) / 2 as vacancies_middle
      from intermediate.int_sum_area_tiles
      where area_level = 'employment_area'
    )
    select
      cells.period, cells.area_level, cells.area_code, cells.occupation_level, cells.occupation_code,
      cells.unemployed_releasable as unemployed, cells.unemployed_blanks, middles.unemployed_middle,
      cells.vacancies_releasable as vacancies, cells.vacancies_blanks, middles.vacancies_middle
    from cells
    left join middles using (period, area_code, occupation_code)
    union all by name
    select
      period, area_level, area_code, 'total' as occupation_level, 'SSS' as occupation_code,
      if(unemployed_reason in ('ok', 'suppressed_source'), coalesce(unemployed, unemployed_middle), null) as unemployed,
      unemployed_blanks, unemployed_middle,
      if(vacancies_reason in ('ok', 'suppressed_source'), coalesce(vacancies, vacancies_middle), null) as vacancies,
      vacancies_blanks, vacancies_middle
    from totals
    order by area_level, period, occupation_code, area_code
"""

READS = {
    "cells": _CELLS,
    "distances": """
        select area_level, from_area_code, to_area_code, distance_km
        from ref.area_distance
        order by area_level, from_area_code, to_area_code
    """,
    "aland": "select area_code from intermediate.int_nest_areas where is_aland order by area_code",
    "flexible": f"""
        select stocks.period, left(stocks.occupation_code, levels.digits) as occupation_code,
          sum(coalesce(stocks.vacancies, {MIDDLE})) as vacancies
        from staging.stg_statfin__occupation_stocks as stocks
        inner join ref.occupation as occupation using (occupation_code)
        cross join (values {_LEVELS}) as levels (level, digits)
        where stocks.area_code = 'MKJO' and occupation.occupation_level = 'occ4'
          and stocks.vacancies_reason in ('ok', 'suppressed_source')
        group by all
        union all by name
        select period, 'SSS' as occupation_code, vacancies::double as vacancies
        from staging.stg_statfin__area_stocks
        where area_code = 'MKJO' and vacancies_reason = 'ok'
        order by period, occupation_code
    """,
}
"""What transport and accessibility read. A blank at the flexible location stands in no column of areas, and enters by
its middle."""

DEPS = (
    "filled_region_cells",
    "filled_employment_area_cells",
    "area_distance",
    "int_nest_areas",
    "int_sum_area_tiles",
    "stg_statfin__area_stocks",
    "stg_statfin__occupation_stocks",
    "occupation",
)
