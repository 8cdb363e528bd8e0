"""The table `filled_employment_area_cells`: employment areas by occupation, summed from municipalities whose withheld
counts are filled.

Belongs here: which municipalities a month has, and which employment area each is part of. Does not belong here: how a
blank is filled (two_margin_fill.py), how levels are summed (roll_up.py).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from assets.matching.cells import FILLED_COLUMNS, FILLED_KEY, MEASURES
from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import polars as pl
    from matplotlib.figure import Figure

    from assets.matching.grid import Grid
    from assets.matching.roll_up import Measure

LEVELS = ("occ1", "occ2")
"""Finer cells of an employment area hold little but blanks (contract I01)."""
_MUNICIPALITIES = (
    "select area_code from intermediate.int_nest_areas where area_level = 'municipality' and not is_residual"
)
_REGIONS = "select area_code from intermediate.int_nest_areas where area_level = 'region' and not is_residual"
_STOCKS = "select period, area_code, occupation_code, unemployed, unemployed_reason, vacancies, vacancies_reason"
_SINGLE = (
    "occupation_code in (select occupation_code from ref.occupation where occupation_level in ('occ4', 'special'))"
)
_MUNICIPAL = "staging.stg_statfin__municipality_occupation_stocks"
READS = {
    "municipalities": """
        select
          nested.area_code,
          nested.region_code,
          coalesce(nested.successor_area_code, nested.area_code) as area_code_today,
          member.area_code as employment_area_code,
        from intermediate.int_nest_areas as nested
        inner join ref.area_municipality as member
          on coalesce(nested.successor_area_code, nested.area_code) = member.municipality_area_code
        where nested.area_level = 'municipality' and member.area_level = 'employment_area'
        order by nested.area_code
    """,
    "cells": f"{_STOCKS} from {_MUNICIPAL} where {_SINGLE} and area_code in ({_MUNICIPALITIES}) order by all",
    "country": f"{_STOCKS} from {_MUNICIPAL} where {_SINGLE} and area_code = 'SSS' order by all",
    "totals": """
        select period, area_code, unemployed_reason, unemployed_filled, vacancies_reason, vacancies_filled
        from intermediate.int_fill_area_totals
        where area_level = 'municipality'
        order by all
    """,
    "regions": f"""
        {_STOCKS} from staging.stg_statfin__occupation_stocks
        where {_SINGLE} and area_code in ({_REGIONS}) and period in (select period from {_MUNICIPAL})
        order by all
    """,
    "filled_regions": f"""
        select {", ".join(FILLED_COLUMNS)} from matching.filled_region_cells
        where {_SINGLE} and period in (select period from {_MUNICIPAL})
        order by all
    """,
    "whole_regions": """
        select vintages.period, tiles.area_code as employment_area_code, tiles.tile_area_code as region_code
        from intermediate.int_tile_areas as tiles
        inner join intermediate.int_nest_areas as nested on tiles.tile_area_code = nested.area_code
        cross join staging.stg_statfin__vintages as vintages
        where
          tiles.area_level = 'employment_area'
          and tiles.is_on_borders_of_today
          and nested.area_level = 'region'
          and vintages.table_id = '12ti_municipalities'
          and vintages.is_on_borders_of_today
        order by all
    """,
}
_LOG = logging.getLogger(__name__)


def fill_employment_areas(frames: Frames) -> pl.DataFrame:
    """Every employment area and occupation of the levels in LEVELS, in each month that has municipalities; columns of
    FILLED_COLUMNS, sorted.

    `frames` as READS. A merged municipality counts where its successor lies. A region that an area holds whole is one
    part, with its own cells and blanks. NULL: a municipality of the area has no row in the month, or a part can't be
    filled. A month without a single municipal count is left out.
    """
    import polars as pl

    is_there = pl.col("unemployed").is_not_null() | pl.col("vacancies").is_not_null()
    months = frames["cells"].filter(is_there)["period"].unique().sort()
    by_month = [_filled_month({name: _of(frame, month) for name, frame in frames.items()}) for month in months]
    nothing = pl.DataFrame(schema=dict.fromkeys(FILLED_COLUMNS, pl.String))
    return pl.concat(by_month).sort(FILLED_KEY) if by_month else nothing


def _of(frame: pl.DataFrame, month: object) -> pl.DataFrame:
    return frame.filter(frame["period"] == month) if "period" in frame.columns else frame


def _filled_month(frames: Frames) -> pl.DataFrame:
    import polars as pl

    from assets.matching.grid import Grid
    from assets.matching.roll_up import filled_cells

    cells, places, whole = frames["cells"], frames["municipalities"], frames["whole_regions"]
    listed = places.filter(pl.col("area_code").is_in(cells["area_code"].unique().implode()))
    is_in_whole = pl.col("region_code").is_in(whole["region_code"].implode())
    lacking = places.join(listed, on="area_code_today", how="anti").filter(~is_in_whole)["employment_area_code"]
    part_of = listed.select(pl.when(~is_in_whole).then("employment_area_code")).to_series()
    grid = Grid({**Grid.of(cells, *FILLED_KEY).axes, "area_code": listed["area_code"]})
    areas = Grid({**grid.axes, "area_code": places["employment_area_code"].unique().sort()})
    measures = {}
    for name in MEASURES:
        municipal, regional = _municipal(frames, grid, listed["region_code"], name), _regional(frames, grid, name)
        parts = [(municipal, part_of), (regional, whole["employment_area_code"])]
        measures[name] = _summed(parts, areas.axes["area_code"], lacking)
    is_listed = grid.only("period", "occupation_code").bools(cells, pl.lit(True))
    return filled_cells(areas, "employment_area", measures, is_listed, LEVELS)


def _summed(parts: Sequence[tuple[Measure, pl.Series]], codes: pl.Series, lacking: pl.Series) -> Measure:
    """One side of the market by employment area, in the order of `codes`, with the month as the first axis.

    `parts`: cells (place, occupation), and the area that each place is part of, NULL = of none. `lacking`: areas that
    lack a place and become unknown.
    """
    import numpy as np

    from assets.matching.fill import DECIMALS
    from assets.matching.grid import places_of
    from assets.matching.roll_up import Measure

    unknown = np.zeros((len(codes), 1))
    unknown[places_of(lacking, codes)] = np.nan

    def summed(column: str) -> npt.NDArray[Any]:
        first, *_ = (getattr(measure, column) for measure, _ in parts)
        sums = np.zeros((len(codes), first.shape[1]), first.dtype)
        for measure, area_of in parts:
            place = places_of(area_of, codes)
            np.add.at(sums, place[place >= 0], getattr(measure, column)[place >= 0])
        return sums[None]

    filled = np.round(summed("filled"), DECIMALS) + unknown
    return Measure(filled, summed("visible") + unknown, summed("blanks"))


def _municipal(frames: Frames, grid: Grid, region_of: pl.Series, name: str) -> Measure:
    """The municipalities of `grid` (the one month, municipality, occupation), filled; `region_of`, in its order."""
    import numpy as np
    import polars as pl

    from assets.matching.grid import Grid, places_of
    from assets.matching.roll_up import Measure
    from assets.matching.two_margin_fill import fill_two_margins

    is_withheld = pl.col(f"{name}_reason") == "suppressed_source"
    visible, is_blank = grid.floats(frames["cells"], name)[0], grid.bools(frames["cells"], is_withheld)[0]
    regions = Grid({**grid.axes, "area_code": region_of.unique().drop_nulls().sort()})
    fill = fill_two_margins(
        visible=visible,
        is_blank=is_blank,
        totals=grid.only("period", "area_code").floats(frames["totals"], f"{name}_filled")[0],
        is_estimate=grid.only("period", "area_code").bools(frames["totals"], is_withheld)[0],
        regions=regions.floats(frames["regions"], name)[0],
        region_of=places_of(region_of, regions.axes["area_code"]),
        country=grid.only("period", "occupation_code").floats(frames["country"], name)[0],
    )
    if not fill.is_converged:
        _LOG.warning(
            f"filled_employment_area_cells, {name} of {frames['cells']['period'][0]:%Y-%m}: no fill meets both margins "
            f"after {fill.rounds} rounds; it keeps to the totals of the municipalities alone. Compare 12ti by "
            "municipality with 12ti by region: one of them may be of an older release."
        )
    return Measure(fill.counts, np.where(is_blank, 0.0, visible), is_blank.astype(np.int64))


def _regional(frames: Frames, grid: Grid, name: str) -> Measure:
    """The regions that an employment area holds whole, in the order of the frame."""
    import numpy as np

    from assets.matching.grid import Grid
    from assets.matching.roll_up import Measure

    whole = Grid({**grid.axes, "area_code": frames["whole_regions"]["region_code"]})
    filled = whole.floats(frames["filled_regions"], name)[0]
    blanks = np.nan_to_num(whole.floats(frames["filled_regions"], f"{name}_blanks")[0]).astype(np.int64)
    return Measure(filled, np.where(blanks > 0, 0.0, filled), blanks)


def draw_tightness_of_areas(_frames: Frames, table: pl.DataFrame) -> Figure | None:
    """Vacancies for each jobseeker in the newest month: every employment area, over all groups of two digits."""
    import polars as pl

    from assets.matching.pictures import new_figure

    newest = table.filter((pl.col("period") == pl.col("period").max()) & (pl.col("occupation_level") == "occ2"))
    areas = newest.group_by("area_code").agg(pl.col("unemployed", "vacancies").sum())
    areas = areas.filter(pl.col("unemployed") > 0).with_columns(theta=pl.col("vacancies") / pl.col("unemployed"))
    if areas.is_empty():
        return None
    areas = areas.sort("theta")
    figure = new_figure(height=5.6)
    axes = figure.add_subplot()
    axes.barh(areas["area_code"].to_list(), areas["theta"].to_list(), height=0.6)
    axes.set(title=f"Tightness of employment areas, {newest['period'][0]:%Y-%m}", xlabel="vacancies for each jobseeker")
    axes.tick_params(axis="y", labelsize=5)
    return figure


FILLED_EMPLOYMENT_AREA_CELLS = MatchingTable(
    name="filled_employment_area_cells",
    description=(
        "Unemployed jobseekers and vacancies of every employment area and occupation of one or two digits, summed from "
        "municipalities whose withheld counts are filled to the municipality's total and to the cell of region and "
        "occupation (indicators contract 2.1), and from regions that an area holds whole. An input of sums and "
        "indices; never published."
    ),
    columns=FILLED_COLUMNS,
    key=FILLED_KEY,
    reads=READS,
    deps=(
        "stg_statfin__municipality_occupation_stocks",
        "stg_statfin__occupation_stocks",
        "stg_statfin__vintages",
        "occupation",
        "area_municipality",
        "int_nest_areas",
        "int_tile_areas",
        "int_fill_area_totals",
        "filled_region_cells",
    ),
    compute=fill_employment_areas,
    draw=draw_tightness_of_areas,
)
