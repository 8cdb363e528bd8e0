"""Withheld counts that meet two margins at once, found by the multipliers of rows and columns.

Belongs here: the margins and the solver, on a list of cells. Does not belong here: which cells and which margins there
are (two_margin_fill.py).

Method: minimum discrimination adjustment (Deming and Stephan 1940; Csiszar 1975) within the box of what a withheld
count can be: x = clip(a_row b_column w, 1, 4), indicators contract 2.1. Scaling rows and columns in turn leads to the
same cells, but slowly where nearly every cell is in both: rows times a number and columns through it are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import spsolve

from assets.matching.fill import HIGHEST, LOWEST, Floats

Places = npt.NDArray[np.intp]

MOST_ROUNDS = 500
"""After so many rounds there is no solution."""
SETTLED = 1e-10
"""An error, persons or posts, at which there is nothing left to gain."""
NEAR = 1e-7
"""An error below which a step that does not lessen it is the last: rounding has the better of it."""
LEAST_FALL, SHORTEST_STEP = 1e-4, 1e-12
"""Share of the fall that the slope promises a step has to bring (Armijo), and when halving it is given up."""
RIDGE = 1e-9
"""Keeps the system of a step solvable; it leaves the solution as it is."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Sums that cells have to give. `group` (cell): which of the sums it is part of, -1 = of none. `rest` (group): the
    sum. `softness` (group): 0, or how far a sum gives way: by `softness` times the logarithm of its multiplier.
    """

    group: Places
    rest: Floats
    softness: Floats

    def sums(self, cells: Floats) -> Floats:
        """`cells` summed by group."""
        is_bound = self.group >= 0
        sums: Floats = np.bincount(self.group[is_bound], cells[is_bound], len(self.rest)).astype(float)
        return sums

    def of_cells(self, logs: Floats) -> Floats:
        """The logarithm of the multiplier of each cell's group; 0 for a cell of none."""
        return np.append(logs, 0.0)[self.group]

    def lacks(self, cells: Floats, logs: Floats) -> Floats:
        """What each sum lacks, less by how far it gives way."""
        lacking: Floats = self.rest - self.sums(cells) - self.softness * logs
        return lacking


@dataclass(frozen=True, slots=True)
class Solution:
    """`cells`: the counts; `rounds`: how many steps were needed; `error`: the most that a margin lacks."""

    cells: Floats
    rounds: int
    error: float


@dataclass(frozen=True, slots=True)
class _Point:
    """Logarithms of the multipliers (of rows, of columns), the function there, its cells, and what the margins lack."""

    logs: tuple[Floats, Floats]
    level: float
    cells: Floats
    lacking: tuple[Floats, Floats]

    @property
    def error(self) -> float:
        return max(float(np.abs(lacking).max(initial=0.0)) for lacking in self.lacking)


def meet(weights: Floats, rows: Margin, columns: Margin) -> Solution:
    """The cells clip(a_row b_column weight, 1, 4) that add up to `rows` and to `columns`.

    The logarithms of the multipliers minimise a convex function whose slope is what the margins lack (the dual of the
    adjustment): Newton's method, each step halved until the function falls. Margins that contradict each other leave an
    error.
    """
    heights = np.log(weights)
    point = _at(heights, rows, columns, (np.zeros(len(rows.rest)), np.zeros(len(columns.rest))))
    for rounds in range(MOST_ROUNDS):
        following = None if point.error < SETTLED else _next(heights, rows, columns, point)
        if following is None or (point.error < NEAR and following.error >= point.error):
            return Solution(point.cells, rounds, point.error)
        point = following
    return Solution(point.cells, MOST_ROUNDS, point.error)


def _at(heights: Floats, rows: Margin, columns: Margin, logs: tuple[Floats, Floats]) -> _Point:
    height = heights + rows.of_cells(logs[0]) + columns.of_cells(logs[1])
    cells = np.exp(np.clip(height, np.log(LOWEST), np.log(HIGHEST)))
    beyond = LOWEST * np.minimum(height - np.log(LOWEST), 0.0) + HIGHEST * np.maximum(height - np.log(HIGHEST), 0.0)
    level = float((cells + beyond).sum())
    for margin, log in zip((rows, columns), logs, strict=True):
        level += float(margin.softness @ log**2 / 2 - margin.rest @ log)
    return _Point(logs, level, cells, (rows.lacks(cells, logs[0]), columns.lacks(cells, logs[1])))


def _next(heights: Floats, rows: Margin, columns: Margin, point: _Point) -> _Point | None:
    """The next point; None where no step makes the function fall."""
    steps = _newton_steps(rows, columns, point)
    slope = sum(float(lacking @ step) for lacking, step in zip(point.lacking, steps, strict=True))
    length = 1.0
    while length > SHORTEST_STEP:
        logs = point.logs[0] + length * steps[0], point.logs[1] + length * steps[1]
        tried = _at(heights, rows, columns, logs)
        if tried.level <= point.level - LEAST_FALL * length * slope:
            return tried
        length /= 2
    return None


def _newton_steps(rows: Margin, columns: Margin, point: _Point) -> tuple[Floats, Floats]:
    """Steps of the logarithms of rows and columns. The columns are eliminated: the system is as large as the rows."""
    moving = np.where((point.cells > LOWEST) & (point.cells < HIGHEST), point.cells, 0.0)
    by_row, by_column = _curvature(rows, moving), _curvature(columns, moving)
    is_crossing = (rows.group >= 0) & (columns.group >= 0)
    places = rows.group[is_crossing], columns.group[is_crossing]
    crossed = sparse.csr_array((moving[is_crossing], places), shape=(len(by_row), len(by_column)))
    system = sparse.diags_array(by_row) - (crossed * (1 / by_column)) @ crossed.T  # a block a region
    of_rows, of_columns = point.lacking
    row_steps: Floats = spsolve(system.tocsc(), of_rows - crossed @ (of_columns / by_column))
    return row_steps, (of_columns - crossed.T @ row_steps) / by_column


def _curvature(margin: Margin, moving: Floats) -> Floats:
    """How fast each sum grows with the logarithm of its multiplier. Cells at a bound do not move; where none of a sum
    does, they count as if they could."""
    sums = margin.sums(moving)
    fixed = np.maximum(margin.sums(np.ones_like(moving)), 1.0)
    curvature: Floats = np.where(sums > 0, sums, fixed) + margin.softness + RIDGE
    return curvature
