"""How far an area stands above or below its own Beveridge curve: descriptive, no measure of efficiency.

Belongs here: the regression of vacancies on unemployment with a trend. Does not belong here: u*, slack and what needs
flows, which are SQL (fct_beveridge). Methods contract, I13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

KNOT_MONTHS = 60
"""The trend may bend in every January of a year that 5 divides: fixed in time, so that a new month moves no knot."""
CLEAR_OF_KNOT = 24
"""Months on either side without which a bend would be fitted to an end of the series."""


@dataclass(frozen=True, slots=True)
class Curve:
    """`slope`: elasticity of v to u along the curve, below 0; `gap`: ln v above it, one number a month."""

    slope: float
    gap: Numbers


def fit_curve(log_u: Numbers, log_v: Numbers, months: NDArray[np.int64]) -> Curve:
    """OLS of `log_v` on `log_u` with a piecewise linear trend; the gap is the residual and averages 0.

    `months`: months since year 0, rising; the rates are logarithms of U/L and V/L. A gap above 0 is the position of a
    curve further out: more vacancies than usual at this unemployment and time. Raises ValueError where u never moves.
    """
    regressors = np.column_stack([np.ones_like(log_u), log_u, *_trend(months)])
    if np.ptp(log_u) == 0:
        raise ValueError("a Beveridge curve needs unemployment that moves.")
    coefficients, *_ = np.linalg.lstsq(regressors, log_v, rcond=None)
    return Curve(float(coefficients[1]), log_v - regressors @ coefficients)


def knots(months: NDArray[np.int64]) -> Sequence[int]:
    """Months at which the trend may bend, far enough from both ends."""
    first = -(-int(months[0]) // KNOT_MONTHS) * KNOT_MONTHS
    return [
        knot
        for knot in range(first, int(months[-1]), KNOT_MONTHS)
        if knot - months[0] >= CLEAR_OF_KNOT and months[-1] - knot >= CLEAR_OF_KNOT
    ]


def _trend(months: NDArray[np.int64]) -> list[Numbers]:
    years = (months - months[0]) / 12
    return [years, *(np.maximum(0.0, (months - knot) / 12) for knot in knots(months))]
