"""Fill withheld counts so that every area's occupations add up to its published total.

Belongs here: the fill of one margin, on arrays. Does not belong here: the second margin of employment areas
(two_margin_fill.py), random fills (draws.py), which cells a month has (filled_region_table.py).

Method: minimum discrimination adjustment of weights to a margin (Deming and Stephan 1940; Csiszar 1975) within the box
of what a withheld count can be; indicators contract 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LOWEST, HIGHEST = 1.0, 4.0
"""A withheld count is an integer in this interval; never 0."""
FEWEST_BLANK_AREAS = 3
"""A country row weighs a cell only where at least so many areas share what it holds beyond the visible cells."""
HALVINGS = 52
"""Of the interval that holds the multiplier: as many as a double has bits."""
DECIMALS = 12
"""A filled count is rounded to these, so that machines agree; 400 of them still add up to their total within 1e-9."""


@dataclass(frozen=True, slots=True)
class Fill:
    """`counts` (..., area, occupation): the visible count, or the filled one; NaN where it can't be filled or is not in
    the source. `is_infeasible` (..., area): no counts of 1 to 4 in the blanks add up to the area's total (gate G2).
    """

    counts: Floats
    is_infeasible: Bools


def fill_rows(visible: Floats, is_blank: Bools, totals: Floats, country: Floats) -> Fill:
    """Fill the withheld cells of one measure, each area to its own total (indicators contract 2.1).

    `visible` (..., area, occupation): published counts, NaN elsewhere. `is_blank`, same shape: withheld. A cell that is
    neither is not in the source: then its area is not filled, unless the occupation is missing in every area, which
    makes it no part of the month. `totals` (..., area): published totals of all occupations, NaN = unknown, not filled.
    `country` (..., occupation): published country rows, NaN where withheld. All in persons or posts.
    """
    shown = np.nan_to_num(visible)
    is_missing = np.isnan(visible) & ~is_blank
    is_missing &= ~is_missing.all(axis=-2, keepdims=True)
    rest = totals - shown.sum(axis=-1)
    blanks = is_blank.sum(axis=-1)
    is_known = ~is_missing.any(axis=-1) & ~np.isnan(rest)
    is_infeasible = is_known & ((rest < LOWEST * blanks) | (rest > HIGHEST * blanks))
    weights = start_weights(shown, is_blank, rest, country)
    filled = scale_to_margin(weights, is_blank & (is_known & ~is_infeasible)[..., None], rest)
    return Fill(np.where(is_blank, filled, visible), is_infeasible)


def start_weights(shown: Floats, is_blank: Bools, rest: Floats, country: Floats) -> Floats:
    """An even share of what the country row leaves to the blank areas; else of what the area leaves to its blanks."""
    blank_areas = is_blank.sum(axis=-2)
    is_usable = ~np.isnan(country) & (blank_areas >= FEWEST_BLANK_AREAS)
    by_country = np.clip((country - shown.sum(axis=-2)) / np.maximum(blank_areas, 1), LOWEST, HIGHEST)
    by_area = rest / np.maximum(is_blank.sum(axis=-1), 1)
    weights: Floats = np.where(is_usable[..., None, :], by_country[..., None, :], by_area[..., None])
    return weights


def scale_to_margin(weights: Floats, is_blank: Bools, rest: Floats) -> Floats:
    """x = clip(multiplier * weight, 1, 4) in the blank cells of each row, with sum `rest`; NaN in all other cells.

    `weights` (..., n) positive in blank cells, `is_blank` the same shape, `rest` (...). The sum neither falls nor jumps
    as the multiplier grows, so halving finds it; the cells between the bounds then give it exactly. A row whose `rest`
    is not within n and 4 n of its n blanks comes out at the nearer bound: the caller decides what it is worth.
    """
    weights = np.where(is_blank, weights, 1.0)
    low = LOWEST / weights.max(axis=-1, initial=LOWEST)
    high = HIGHEST / weights.min(axis=-1, initial=HIGHEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_short = _boxed(middle, weights, is_blank).sum(axis=-1) < rest
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    scaled = high[..., None] * weights
    at_bounds = np.where(scaled <= LOWEST, LOWEST, np.where(scaled >= HIGHEST, HIGHEST, 0.0)) * is_blank
    between = is_blank & (at_bounds == 0)
    weight_between = (weights * between).sum(axis=-1)
    exact = (rest - at_bounds.sum(axis=-1)) / np.where(weight_between > 0, weight_between, 1.0)
    multiplier = np.where(weight_between > 0, exact, high)
    return np.where(is_blank, np.round(_boxed(multiplier, weights, is_blank), DECIMALS), np.nan)


def _boxed(multiplier: Floats, weights: Floats, is_blank: Bools) -> Floats:
    boxed: Floats = np.clip(multiplier[..., None] * weights, LOWEST, HIGHEST) * is_blank
    return boxed
