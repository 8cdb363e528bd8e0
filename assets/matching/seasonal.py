"""Seasonal adjustment of a monthly series by STL (Cleveland, Cleveland, McRae and Terpenning 1990).

Belongs here: which stretch of a series may be adjusted, and its split into trend, season and remainder. Does not belong
here: which series the mart has, where one breaks (int_list_series_breaks). Methods contract, I16.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

PERIOD = 12
SEASONAL_WINDOW = 13
FEWEST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The logarithm of a series in three parts, month by month: ln x = trend + seasonal + remainder."""

    trend: Numbers
    seasonal: Numbers
    remainder: Numbers


def why_not_adjusted(x: Numbers, *, smallest_median: float) -> str:
    """`ok`, or the reason code why the stretch `x` (one value a month, NaN = withheld or missing) is not adjusted.

    insufficient_history: fewer than 60 months, or a month without its number; undefined: a zero has no logarithm;
    not_applicable: the median is below `smallest_median`.
    """
    if len(x) < FEWEST_MONTHS or np.isnan(x).any():
        return "insufficient_history"
    if (x <= 0).any():
        return "undefined"
    if np.median(x) < smallest_median:
        return "not_applicable"
    return "ok"


def decompose(x: Numbers) -> Decomposition:
    """Robust STL of ln `x`, period 12 and seasonal window 13, each month computed (no jumps).

    `x`: one positive number a month, without a gap, at least two years of them; ValueError otherwise.
    """
    from statsmodels.tsa.seasonal import STL

    if len(x) < 2 * PERIOD or not (x > 0).all():
        raise ValueError("seasonal adjustment needs at least 24 months, all of them above zero.")
    fit = STL(np.log(x), period=PERIOD, seasonal=SEASONAL_WINDOW, robust=True).fit()
    return Decomposition(np.asarray(fit.trend), np.asarray(fit.seasonal), np.asarray(fit.resid))


def stretches(*keys: NDArray[np.generic]) -> list[slice]:
    """Runs of rows in which all `keys` stay the same, in order; the rows are sorted by them."""
    if not len(keys[0]):
        return []
    changes = np.zeros(len(keys[0]), dtype=bool)
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    starts = [0, *np.flatnonzero(changes).tolist()]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(changes)], strict=True)]
