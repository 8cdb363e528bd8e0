"""Cells of single occupations summed to the levels above them, and what of each number may be released.

Belongs here: the occupation axis of filled cells. Does not belong here: how a cell is filled (fill.py,
two_margin_fill.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.matching.cells import FILLED_COLUMNS, FILLED_KEY
from assets.matching.fill import DECIMALS, HIGHEST, LOWEST
from assets.matching.grid import Bools, Floats, Grid

Counts = npt.NDArray[np.int64]

DIGITS = {"occ1": 1, "occ2": 2, "occ3": 3, "occ4": 4}
"""Occupation levels, and how many digits of a unit group's code name its group there."""
FEWEST_BLANKS_RELEASED = 3
"""So many withheld cells a published number sums, or it is computed without the fill (contract 2.4.2)."""
MIDDLE_OF_BLANK = (LOWEST + HIGHEST) / 2
"""What a blank counts for without the fill: the middle of the public interval."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One side of the market in the cells (period, area, occupation).

    `filled`: counts with the withheld ones filled, NaN where unknown. `visible`: the published part, 0 in a blank, NaN
    where not in the source. `blanks`: how many withheld source cells the count sums. Persons or posts.
    """

    filled: Floats
    visible: Floats
    blanks: Counts

    def at(self, occupations: Bools) -> Measure:
        """The occupations of a mask, in their order."""
        return Measure(self.filled[..., occupations], self.visible[..., occupations], self.blanks[..., occupations])

    def summed(self, starts: Counts) -> Measure:
        """Each run of occupations that begins at one of `starts`, as one. A part that is unknown makes it unknown."""
        return Measure(
            np.add.reduceat(self.filled, starts, axis=-1).round(DECIMALS),
            np.add.reduceat(self.visible, starts, axis=-1),
            np.add.reduceat(self.blanks, starts, axis=-1),
        )

    def where(self, is_listed: Bools) -> Measure:
        """Zero outside `is_listed`, where an occupation is no part of the month, so that sums pass over it."""
        return Measure(
            np.where(is_listed, self.filled, 0.0),
            np.where(is_listed, self.visible, 0.0),
            np.where(is_listed, self.blanks, 0),
        )

    @property
    def releasable(self) -> Floats:
        """What a published number of one occupation may be computed from.

        The filled count where the occupation has no blank over the areas or at least FEWEST_BLANKS_RELEASED; else the
        visible part and MIDDLE_OF_BLANK for each blank, so that no single fill can be solved from the number.
        """
        blanks = self.blanks.sum(axis=-2, keepdims=True)
        is_few = (blanks > 0) & (blanks < FEWEST_BLANKS_RELEASED)
        return np.where(is_few, self.visible + MIDDLE_OF_BLANK * self.blanks, self.filled)


def filled_cells(
    grid: Grid,
    area_level: str,
    measures: Mapping[str, Measure],
    is_listed: Bools,
    levels: tuple[str, ...] = tuple(DIGITS),
) -> pl.DataFrame:
    """The cells of `grid` (period, area_code, occupation_code of 4 characters) and their sums on `levels`.

    `measures`: unemployed and vacancies, of the grid's shape. `is_listed` (period, occupation): the occupations that
    are part of the month; of a level those with a listed part. X codes are level `special` and in no sum. Gives the
    columns of FILLED_COLUMNS, sorted by FILLED_KEY; NULL = unknown.
    """
    codes = grid.axes["occupation_code"].sort()
    listed = {name: measure.where(is_listed[:, None, :]) for name, measure in measures.items()}
    is_special = codes.str.starts_with("X").to_numpy()
    parts = [_level(grid, "special", codes.filter(is_special), _each(listed, is_special), is_listed[:, is_special])]
    for name in levels:
        groups = codes.filter(~is_special).str.head(DIGITS[name])
        starts = first_of_groups(groups)
        sums = {measure: part.summed(starts) for measure, part in _each(listed, ~is_special).items()}
        has_part = np.logical_or.reduceat(is_listed[:, ~is_special], starts, axis=-1)
        parts.append(_level(grid, name, groups.gather(starts), sums, has_part))
    of_area = pl.concat(parts).with_columns(area_level=pl.lit(area_level))
    return of_area.select(*FILLED_COLUMNS).sort(FILLED_KEY)


def first_of_groups(groups: pl.Series) -> Counts:
    """Where each run of the same code begins: what numpy's reduceat sums by."""
    return np.flatnonzero((groups != groups.shift()).fill_null(True).to_numpy())


def _each(measures: Mapping[str, Measure], occupations: Bools) -> dict[str, Measure]:
    return {name: measure.at(occupations) for name, measure in measures.items()}


def _level(grid: Grid, name: str, codes: pl.Series, measures: Mapping[str, Measure], is_listed: Bools) -> pl.DataFrame:
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for measure, cells in measures.items():
        columns[measure] = cells.filled
        columns[f"{measure}_blanks"] = cells.blanks
        columns[f"{measure}_releasable"] = cells.releasable
    level = Grid({**grid.axes, "occupation_code": codes})
    return level.frame(columns, is_listed[:, None, :]).with_columns(occupation_level=pl.lit(name))
