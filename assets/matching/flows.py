"""How fast the unemployed leave and the others become unemployed, from two stocks and the newly unemployed.

Belongs here: the two-state model of Shimer 2012 (Review of Economic Dynamics 15) in continuous time. Does not belong
here: where the stocks come from, the unemployed without the laid-off (int_pair_unemployment_months). Contract, I14.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LOWEST, HIGHEST = 1e-9, 2.0
"""Monthly hazards of becoming unemployed among which the root is sought."""
HALVINGS = 80
"""The bracket shrinks below the last bit of a number of its size."""


@dataclass(frozen=True, slots=True)
class Flows:
    """Per month: probability `F` and hazard `f` of leaving unemployment, hazard `s` of entering it; NaN = no value."""

    outflow_probability: Numbers
    outflow_hazard: Numbers
    inflow_hazard: Numbers


def measure_flows(before: Numbers, after: Numbers, short_term: Numbers, labour_force: Numbers) -> Flows:
    """Flows between two month ends.

    `before`, `after`: the unemployed U_t and U_{t+1}; `short_term`: those of the latter unemployed for under a month;
    `labour_force`: L, all in persons, arrays of one length, NaN = unknown. F = 1 - (after - short_term) / before;
    NaN where it is below 0 or not below 1. f = -ln(1 - F) per month and may exceed 1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        probability = 1 - (after - short_term) / before
    probability = np.where((probability >= 0) & (probability < 1), probability, np.nan)
    hazard = -np.log1p(-probability)
    return Flows(probability, hazard, inflow_hazard(before, after, hazard, labour_force))


def stock_after(before: Numbers, outflow: Numbers, inflow: Numbers, labour_force: Numbers) -> Numbers:
    """The unemployed a month later under constant hazards: (1 - e^(-f-s)) s L / (f + s) + e^(-f-s) U_t, persons."""
    both = outflow + inflow
    remaining = np.exp(-both)
    return -np.expm1(-both) * inflow / both * labour_force + remaining * before


def inflow_hazard(before: Numbers, after: Numbers, outflow: Numbers, labour_force: Numbers) -> Numbers:
    """The s at which `stock_after` gives `after`, by bisection on [1e-9, 2] for all months at once.

    The stock rises in s, so the root is unique. NaN where an input is, or where the bracket holds no root.
    """
    low, high = np.full_like(before, LOWEST), np.full_like(before, HIGHEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_too_low = stock_after(before, outflow, middle, labour_force) < after
        low, high = np.where(is_too_low, middle, low), np.where(is_too_low, high, middle)
    has_root = (stock_after(before, outflow, np.full_like(before, LOWEST), labour_force) <= after) & (
        stock_after(before, outflow, np.full_like(before, HIGHEST), labour_force) >= after
    )
    return np.where(has_root, (low + high) / 2, np.nan)


def steady_state_rate(outflow: Numbers, inflow: Numbers) -> Numbers:
    """Unemployment rate s/(s + f) that the hazards lead to, 0 to 1; NaN where one is unknown or both are zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return inflow / (inflow + outflow)
