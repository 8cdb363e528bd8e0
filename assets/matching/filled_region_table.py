"""The table `filled_region_cells`: regions by occupation, withheld counts filled, at every occupation level.

Belongs here: which cells a month has. Does not belong here: how a blank is filled (fill.py), how levels are summed
(roll_up.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.cells import FILLED_COLUMNS, FILLED_KEY, MEASURES
from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

    from assets.matching.grid import Grid
    from assets.matching.roll_up import Measure

_REGIONS = "select area_code from intermediate.int_nest_areas where area_level = 'region' and not is_residual"
_SINGLE_CELLS = """
    select stocks.period, stocks.area_code, stocks.occupation_code,
      stocks.unemployed, stocks.unemployed_reason, stocks.vacancies, stocks.vacancies_reason
    from staging.stg_statfin__occupation_stocks as stocks
    inner join ref.occupation as occupation using (occupation_code)
    where occupation.occupation_level in ('occ4', 'special')
"""
READS = {
    "regions": f"{_REGIONS} order by area_code",
    "cells": f"{_SINGLE_CELLS} and stocks.area_code in ({_REGIONS}) order by all",
    "country": f"{_SINGLE_CELLS} and stocks.area_code = 'SSS' order by all",
    "totals": f"""
        select period, area_code, unemployed, vacancies
        from staging.stg_statfin__occupation_stocks
        where area_code in ({_REGIONS}) and occupation_code = 'SSS'
        order by all
    """,
}


def fill_regions(frames: Frames) -> pl.DataFrame:
    """Every region and occupation in each month that lists the occupation; columns of FILLED_COLUMNS, sorted.

    `frames` as READS. NULL: a cell that the source leaves out in this region only, a blank of a region that can't be
    filled in the month, and any sum that holds one of them.
    """
    import polars as pl

    from assets.matching.grid import Grid
    from assets.matching.roll_up import filled_cells

    cells = frames["cells"]
    grid = Grid({**Grid.of(cells, *FILLED_KEY).axes, "area_code": frames["regions"]["area_code"]})
    is_listed = grid.only("period", "occupation_code").bools(cells, pl.lit(True))
    return filled_cells(grid, "region", {name: _measure(frames, grid, name) for name in MEASURES}, is_listed)


def _measure(frames: Frames, grid: Grid, name: str) -> Measure:
    import numpy as np
    import polars as pl

    from assets.matching.fill import fill_rows
    from assets.matching.roll_up import Measure

    visible = grid.floats(frames["cells"], name)
    is_blank = grid.bools(frames["cells"], pl.col(f"{name}_reason") == "suppressed_source")
    totals = grid.only("period", "area_code").floats(frames["totals"], name)
    country = grid.only("period", "occupation_code").floats(frames["country"], name)
    fill = fill_rows(visible, is_blank, totals, country)
    return Measure(fill.counts, np.where(is_blank, 0.0, visible), is_blank.astype(np.int64))


def draw_mean_of_blank(_frames: Frames, table: pl.DataFrame) -> Figure:
    """Mean of a withheld count by month: over all, and over the regions with the least and the most; with how many
    region-months can't be filled in the title."""
    import polars as pl

    from assets.matching.pictures import new_figure

    single = table.filter(pl.col("occupation_level").is_in(["occ4", "special"]))
    figure = new_figure()
    axes = figure.add_subplot()
    unfilled = 0
    for measure in MEASURES:
        blanks = single.filter(pl.col(f"{measure}_blanks") == 1)
        regions = blanks.group_by("period", "area_code").agg(pl.col(measure).mean())
        unfilled += regions[measure].null_count()
        months = regions.group_by("period").agg(
            pl.col(measure).min().alias("least"), pl.col(measure).mean(), pl.col(measure).max().alias("most")
        )
        shown = months.drop_nulls().sort("period")
        axes.fill_between(shown["period"].to_list(), shown["least"].to_list(), shown["most"].to_list(), alpha=0.3)
        axes.plot(shown["period"].to_list(), shown[measure].to_list(), linewidth=1, label=measure)
    axes.set(
        title=f"Mean of a withheld count; {unfilled} region-months can't be filled",
        ylabel="mean, and range over regions",
        ylim=(1, 4),
    )
    axes.legend(loc="upper right", fontsize="small")
    return figure


FILLED_REGION_CELLS = MatchingTable(
    name="filled_region_cells",
    description=(
        "Unemployed jobseekers and vacancies of every region and occupation, withheld counts filled to the region's "
        "total (indicators contract 2.1). An input of sums and indices; never published."
    ),
    columns=FILLED_COLUMNS,
    key=FILLED_KEY,
    reads=READS,
    deps=("stg_statfin__occupation_stocks", "occupation", "int_nest_areas"),
    compute=fill_regions,
    draw=draw_mean_of_blank,
)
