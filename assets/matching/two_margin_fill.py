"""Fill withheld counts of municipalities so that they add up both ways: to each municipality's total, and to the cell
of the region and the occupation.

Belongs here: the cells and the margins of one month, on arrays. Does not belong here: how margins are met
(two_margins.py), the fill of one margin (fill.py), how municipalities make an employment area
(filled_employment_area_table.py). Indicators contract 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.matching.fill import DECIMALS, HIGHEST, LOWEST, Bools, Floats, fill_rows, start_weights
from assets.matching.two_margins import Margin, Places, meet

FEWEST_BLANKS_IN_COLUMN = 3
"""A region's occupation with fewer blank municipalities is no margin: it would fix single cells."""
TOLERANCE = 1e-6
"""Largest error of a margin, persons or posts, of a fill that counts as converged."""
SOFTNESS = 0.1
"""How far the total of a municipality gives way where it is an estimate: by this, times the logarithm of what scales
the municipality's cells."""


@dataclass(frozen=True, slots=True)
class TwoMarginFill:
    """`counts` (municipality, occupation): the visible count, or the filled one; NaN where it can't be filled or is not
    in the source. `is_infeasible` (municipality): its blanks can't add up to its total. `rounds`: how many were needed.
    `is_converged`: else the fill keeps to the municipalities' totals alone.
    """

    counts: Floats
    is_infeasible: Bools
    rounds: int
    is_converged: bool


def fill_two_margins(
    *,
    visible: Floats,
    is_blank: Bools,
    totals: Floats,
    is_estimate: Bools,
    regions: Floats,
    region_of: Places,
    country: Floats,
) -> TwoMarginFill:
    """Fill the withheld cells of one measure in one month (indicators contract 2.1, employment areas).

    `visible` (municipality, occupation): published counts, NaN elsewhere; `is_blank`, same shape: withheld. `totals`
    (municipality): published total, or where that is withheld (`is_estimate`) what the municipality gets of its
    parent's; NaN = not in the source, not filled. `regions` (region, occupation): published cells, NaN where withheld;
    `region_of` (municipality): its row there, -1 = none. `country` (occupation): published country row, NaN where
    withheld. All in persons or posts.

    An estimated total can't be kept to strictly: it is moved to where the blanks can add up to it (all of them withheld
    within a total of at most 4), and gives way a little to the regions. A region's occupation is a margin where it is
    visible, every cell below it is known, and at least FEWEST_BLANKS_IN_COLUMN blanks can add up to it.
    """
    totals = np.where(is_estimate, np.clip(totals, is_blank.sum(axis=-1), HIGHEST), totals)
    rows_alone = fill_rows(visible, is_blank, totals, country)
    shown = np.nan_to_num(visible)
    rest = totals - shown.sum(axis=-1)
    is_filled = is_blank & ~np.isnan(rows_alone.counts)
    row, column = np.nonzero(is_filled)
    has_cells = is_filled.any(axis=-1)
    solution = meet(
        start_weights(shown, is_blank, rest, country)[row, column],
        Margin(row, np.where(has_cells, rest, 0.0), np.where(has_cells & is_estimate, SOFTNESS, 0.0)),
        _regional_margin(rows_alone.counts, shown, is_filled, regions, region_of),
    )
    is_converged = solution.error < TOLERANCE
    counts = rows_alone.counts.copy()
    if is_converged:
        counts[row, column] = np.round(solution.cells, DECIMALS)
    return TwoMarginFill(counts, rows_alone.is_infeasible, solution.rounds, is_converged)


def _regional_margin(counts: Floats, shown: Floats, is_filled: Bools, regions: Floats, region_of: Places) -> Margin:
    """What each region's occupations leave to the blanks of its municipalities, where that is a margin."""
    visible, blanks = np.zeros_like(regions), np.zeros_like(regions)
    is_known = np.ones(regions.shape, bool)
    is_inside = region_of >= 0
    np.add.at(visible, region_of[is_inside], shown[is_inside])
    np.add.at(blanks, region_of[is_inside], is_filled[is_inside].astype(float))
    np.logical_and.at(is_known, region_of[is_inside], ~np.isnan(counts)[is_inside])
    rest = regions - visible
    is_margin = is_known & (blanks >= FEWEST_BLANKS_IN_COLUMN) & (rest >= LOWEST * blanks) & (rest <= HIGHEST * blanks)
    number = np.where(is_margin, np.cumsum(is_margin).reshape(is_margin.shape) - 1, -1)
    row, column = np.nonzero(is_filled)
    group = np.where(is_inside[row], number[region_of[row], column], -1)
    return Margin(group, rest[is_margin], np.zeros(is_margin.sum()))
