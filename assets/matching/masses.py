"""Markets as rows of arrays: the jobseekers and vacancies of one occupation and month in each area of a level.

Belongs here: the arrays that transport and accessibility start from. Does not belong here: the queries behind them
(market_reads.py), the fill (fill.py), what the counts lead to (transport.py, accessibility.py).

A published number of a market sums areas. Where few of what it sums are withheld, a fill could be solved from it, so
it is computed from the middle of the public interval instead: contract 2.4.2, `releasable` in cells.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assets.matching.distances import DistanceError, Distances, distance_matrix
from assets.matching.grid import Grid
from assets.matching.market_reads import MARKET_COLUMNS
from assets.matching.roll_up import FEWEST_BLANKS_RELEASED

if TYPE_CHECKING:
    import polars as pl

    from assets.matching.table import Frames

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Side:
    """Jobseekers, or vacancies, of markets in areas (markets x areas).

    counts: what published numbers are computed from, NaN where unknown; blanks: how many withheld counts of the
    source each sums; fills: how many of them enter by a fill, not by the middle; middle: the count with 2.5 for each
    blank, NaN where not known.
    """

    counts: FloatArray
    blanks: IntArray
    fills: IntArray
    middle: FloatArray

    @property
    def is_shown(self) -> BoolArray:
        """Where the mart shows the count, or an estimate that sums enough withheld ones."""
        shown: BoolArray = (self.blanks == 0) | (self.blanks >= FEWEST_BLANKS_RELEASED)
        return shown

    def at(self, markets: BoolArray) -> Side:
        """Some of the markets."""
        return Side(self.counts[markets], self.blanks[markets], self.fills[markets], self.middle[markets])

    def without(self, markets: BoolArray) -> Side:
        """The same, the counts of `markets` unknown."""
        return replace(self, counts=np.where(markets[:, None], np.nan, self.counts))

    def with_middles(self, markets: BoolArray) -> Side:
        """The same, `markets` without fills."""
        rows = markets[:, None]
        return replace(self, counts=np.where(rows, self.middle, self.counts), fills=np.where(rows, 0, self.fills))


@dataclass(frozen=True, slots=True)
class Masses:
    """The markets of one area level, a row each.

    markets: columns of MARKET_COLUMNS; flexible: vacancies without a place, NaN where the source has none in the
    month; is_aland: areas.
    """

    markets: pl.DataFrame
    distances: Distances
    is_aland: BoolArray
    unemployed: Side
    vacancies: Side
    flexible: FloatArray

    @property
    def is_shown(self) -> BoolArray:
        """Markets x areas where both counts are shown, so that a number of the cell gives nothing away."""
        return self.unemployed.is_shown & self.vacancies.is_shown

    @property
    def is_known(self) -> BoolArray:
        """Markets with a count on both sides in every area."""
        known: BoolArray = np.isfinite(self.unemployed.counts.sum(axis=1) + self.vacancies.counts.sum(axis=1))
        return known

    def at(self, markets: BoolArray) -> Masses:
        """Some of the markets."""
        return replace(
            self,
            markets=self.markets.filter(markets),
            unemployed=self.unemployed.at(markets),
            vacancies=self.vacancies.at(markets),
            flexible=self.flexible[markets],
        )


def market_masses(frames: Frames) -> Iterator[Masses]:
    """The markets of each area level that has distances and cells; a market with an unknown count is left out.

    `frames`: those of market_reads.READS. Raises DistanceError: an area of the cells has no distances.
    """
    import polars as pl

    for (level,), pairs in frames["distances"].partition_by("area_level", as_dict=True).items():
        cells = frames["cells"].filter(pl.col("area_level") == level)
        if cells.height:
            yield _masses(cells, distance_matrix(pairs), frames)


def _masses(cells: pl.DataFrame, distances: Distances, frames: Frames) -> Masses:
    import polars as pl

    unplaced = set(cells["area_code"].unique()) - set(distances.area_codes)
    if unplaced:
        raise DistanceError(f"no distance of {', '.join(sorted(unplaced))}. Add the areas to the seed area_distance.")
    axes = Grid.of(cells, "period", "occupation_code").axes
    grid = Grid({**axes, "area_code": pl.Series(distances.area_codes)})
    listed = grid.only("period", "occupation_code").frame({}, np.ones(grid.shape[:2], dtype=bool))
    levels = cells.select("area_level", "occupation_level", "occupation_code").unique()
    is_flexible = cells["area_level"][0] == "region"
    flexible = grid.only("period", "occupation_code").floats(frames["flexible"], "vacancies").ravel()
    everything = Masses(
        markets=listed.join(levels, on="occupation_code", how="left", maintain_order="left").select(*MARKET_COLUMNS),
        distances=distances,
        is_aland=np.isin(distances.area_codes, frames["aland"]["area_code"].to_list()),
        unemployed=_side(grid, cells, "unemployed"),
        vacancies=_side(grid, cells, "vacancies"),
        flexible=flexible if is_flexible else np.full_like(flexible, np.nan),
    )
    return everything.at(everything.is_known)


def _side(grid: Grid, cells: pl.DataFrame, measure: str) -> Side:
    def placed(column: str) -> FloatArray:
        return grid.floats(cells, column).reshape(-1, grid.shape[-1])

    blanks = np.nan_to_num(placed(f"{measure}_blanks")).astype(np.int64)
    is_filled = blanks.sum(axis=1, keepdims=True) >= FEWEST_BLANKS_RELEASED
    return Side(placed(measure), blanks, np.where(is_filled, blanks, 0), placed(f"{measure}_middle"))
